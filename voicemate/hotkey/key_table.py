"""The keys that can be bound, under one name each, and what each system calls them.

Columns: name · Linux input code (an X11 keycode is this plus 8) · xkb keysym, as compositors and
the portal write it · Windows virtual-key code · macOS virtual key code. `-` where there is none.
A name means a place on the keyboard: the keysym is that of a plain US layout.

Sources: linux/input-event-codes.h, xkbcommon-keysyms.h, WinUser.h (VK_*), HIToolbox Events.h
(kVK_*).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_ROWS: Final = """
Esc           1    Escape       0x1B  0x35
F1            59   F1           0x70  0x7A
F2            60   F2           0x71  0x78
F3            61   F3           0x72  0x63
F4            62   F4           0x73  0x76
F5            63   F5           0x74  0x60
F6            64   F6           0x75  0x61
F7            65   F7           0x76  0x62
F8            66   F8           0x77  0x64
F9            67   F9           0x78  0x65
F10           68   F10          0x79  0x6D
F11           87   F11          0x7A  0x67
F12           88   F12          0x7B  0x6F
F13           183  F13          0x7C  0x69
F14           184  F14          0x7D  0x6B
F15           185  F15          0x7E  0x71
F16           186  F16          0x7F  0x6A
F17           187  F17          0x80  0x40
F18           188  F18          0x81  0x4F
F19           189  F19          0x82  0x50
F20           190  F20          0x83  0x5A
F21           191  F21          0x84  -
F22           192  F22          0x85  -
F23           193  F23          0x86  -
F24           194  F24          0x87  -
Left_Ctrl     29   Control_L    0xA2  0x3B
Right_Ctrl    97   Control_R    0xA3  0x3E
Left_Shift    42   Shift_L      0xA0  0x38
Right_Shift   54   Shift_R      0xA1  0x3C
Left_Alt      56   Alt_L        0xA4  0x3A
Right_Alt     100  Alt_R        0xA5  0x3D
Left_Super    125  Super_L      0x5B  0x37
Right_Super   126  Super_R      0x5C  0x36
Menu          127  Menu         0x5D  0x6E
Caps_Lock     58   Caps_Lock    0x14  0x39
Num_Lock      69   Num_Lock     0x90  0x47
Scroll_Lock   70   Scroll_Lock  0x91  -
Pause         119  Pause        0x13  -
Print_Screen  99   Print        0x2C  -
Insert        110  Insert       0x2D  0x72
Delete        111  Delete       0x2E  0x75
Home          102  Home         0x24  0x73
End           107  End          0x23  0x77
Page_Up       104  Prior        0x21  0x74
Page_Down     109  Next         0x22  0x79
Up            103  Up           0x26  0x7E
Down          108  Down         0x28  0x7D
Left          105  Left         0x25  0x7B
Right         106  Right        0x27  0x7C
Space         57   space        0x20  0x31
Tab           15   Tab          0x09  0x30
Enter         28   Return       0x0D  0x24
Backspace     14   BackSpace    0x08  0x33
Hangul        122  Hangul       0x15  0x68
Hanja         123  Hangul_Hanja 0x19  0x66
` 41 grave 0xC0 0x32
- 12 minus 0xBD 0x1B
= 13 equal 0xBB 0x18
[ 26 bracketleft 0xDB 0x21
] 27 bracketright 0xDD 0x1E
\\ 43 backslash 0xDC 0x2A
; 39 semicolon 0xBA 0x29
' 40 apostrophe 0xDE 0x27
, 51 comma 0xBC 0x2B
. 52 period 0xBE 0x2F
/ 53 slash 0xBF 0x2C
< 86 less 0xE2 0x0A
1 2 1 0x31 0x12
2 3 2 0x32 0x13
3 4 3 0x33 0x14
4 5 4 0x34 0x15
5 6 5 0x35 0x17
6 7 6 0x36 0x16
7 8 7 0x37 0x1A
8 9 8 0x38 0x1C
9 10 9 0x39 0x19
0 11 0 0x30 0x1D
A 30 a 0x41 0x00
B 48 b 0x42 0x0B
C 46 c 0x43 0x08
D 32 d 0x44 0x02
E 18 e 0x45 0x0E
F 33 f 0x46 0x03
G 34 g 0x47 0x05
H 35 h 0x48 0x04
I 23 i 0x49 0x22
J 36 j 0x4A 0x26
K 37 k 0x4B 0x28
L 38 l 0x4C 0x25
M 50 m 0x4D 0x2E
N 49 n 0x4E 0x2D
O 24 o 0x4F 0x1F
P 25 p 0x50 0x23
Q 16 q 0x51 0x0C
R 19 r 0x52 0x0F
S 31 s 0x53 0x01
T 20 t 0x54 0x11
U 22 u 0x55 0x20
V 47 v 0x56 0x09
W 17 w 0x57 0x0D
X 45 x 0x58 0x07
Y 21 y 0x59 0x10
Z 44 z 0x5A 0x06
Keypad_0      82   KP_0         0x60  0x52
Keypad_1      79   KP_1         0x61  0x53
Keypad_2      80   KP_2         0x62  0x54
Keypad_3      81   KP_3         0x63  0x55
Keypad_4      75   KP_4         0x64  0x56
Keypad_5      76   KP_5         0x65  0x57
Keypad_6      77   KP_6         0x66  0x58
Keypad_7      71   KP_7         0x67  0x59
Keypad_8      72   KP_8         0x68  0x5B
Keypad_9      73   KP_9         0x69  0x5C
Keypad_Plus   78   KP_Add       0x6B  0x45
Keypad_Minus  74   KP_Subtract  0x6D  0x4E
Keypad_*      55   KP_Multiply  0x6A  0x43
Keypad_/      98   KP_Divide    0x6F  0x4B
Keypad_.      83   KP_Decimal   0x6E  0x41
Keypad_Enter  96   KP_Enter     -     0x4C
Mute          113  XF86AudioMute        0xAD  -
Play          164  XF86AudioPlay        0xB3  -
Microphone    248  XF86AudioMicMute     -     -
"""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One row of the table; None where the system has no such key."""

    name: str
    linux: int
    keysym: str
    windows: int | None
    macos: int | None


def _read() -> dict[str, KnownKey]:
    table = {}
    for row in filter(None, _ROWS.splitlines()):
        name, linux, keysym, windows, macos = row.split()
        name = name.replace("_", " ")
        table[name] = KnownKey(name, int(linux), keysym, _code(windows), _code(macos))
    return table


def _code(text: str) -> int | None:
    return None if text == "-" else int(text, 16)


KEYS: Final = _read()
"""Every key that has a name, by that name."""

# A Korean keyboard of the usual kind has Hangul where Right Alt is and Hanja where Right Ctrl is,
# and tells Windows so: to the person it is one and the same key.
_KOREAN_WINDOWS: Final = {0x15: "Right Alt", 0x19: "Right Ctrl"}

BY_LINUX_CODE: Final = {key.linux: key.name for key in KEYS.values()}
BY_KEYSYM: Final = {key.keysym: key.name for key in KEYS.values()}
BY_WINDOWS_CODE: Final = {k.windows: k.name for k in KEYS.values() if k.windows is not None}
BY_MACOS_CODE: Final = {k.macos: k.name for k in KEYS.values() if k.macos is not None}
BY_WINDOWS_CODE.update(_KOREAN_WINDOWS)


def linux_name(code: int) -> str:
    """Give the name of a Linux input code; one that is in no table is called "Key 240"."""
    return BY_LINUX_CODE.get(code) or f"Key {code}"


def linux_code(name: str) -> int | None:
    """Give the Linux input code of a name; None where there is none."""
    if name in KEYS:
        return KEYS[name].linux
    number = name.removeprefix("Key ")
    return int(number) if name.startswith("Key ") and number.isdecimal() else None
