"""Tables for spoken text: abbreviations, units, currencies, symbols, stage words. Data only.

A new abbreviation, unit or currency is one more entry here; no rule has to change.
"""

from __future__ import annotations

from voicemate.conversation.spoken_rules import word_set

SILENT_BLOCKS: tuple[tuple[str, str], ...] = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<analysis>", "</analysis>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<tool_call>", "</tool_call>"),
    ("<tool_response>", "</tool_response>"),
    ("<script>", "</script>"),
    ("<style>", "</style>"),
    ("<!--", "-->"),
    ("[think]", "[/think]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel|>analysis<|message|>", "<|end|>"),
)
"""How blocks that nobody is meant to hear begin and end, in lower case."""

TITLES = {
    "Dr": "Doctor",
    "Mr": "Mister",
    "Mrs": "Missus",
    "Ms": "Miz",
    "Prof": "Professor",
    "Gen": "General",
    "Col": "Colonel",
    "Capt": "Captain",
    "Lt": "Lieutenant",
    "Sgt": "Sergeant",
    "Cpl": "Corporal",
    "Rev": "Reverend",
    "Hon": "Honorable",
    "Sen": "Senator",
    "Rep": "Representative",
    "Gov": "Governor",
    "Pres": "President",
    "Mt": "Mount",
    "Ft": "Fort",
    "Messrs": "Messieurs",
}
"""Before a name, with a full stop or (the first four) without."""

ABBREVIATIONS = {
    "e.g": "for example",
    "i.e": "that is",
    "vs": "versus",
    "approx": "approximately",
    "cf": "compare",
    "incl": "including",
    "esp": "especially",
    "viz": "namely",
    "resp": "respectively",
    "a.k.a": "also known as",
}
"""Before something else: they never end a sentence. Written with a full stop after them."""

LATE_ABBREVIATIONS = {
    "etc": "et cetera",
    "et al": "and others",
    "Jr": "Junior",
    "Sr": "Senior",
    "Inc": "Incorporated",
    "Ltd": "Limited",
    "Corp": "Corporation",
    "Co": "Company",
    "Ave": "Avenue",
    "Blvd": "Boulevard",
    "Rd": "Road",
    "Hwy": "Highway",
    "dept": "department",
    "Dept": "Department",
    "misc": "miscellaneous",
    "Univ": "University",
    "Assoc": "Association",
    "Bros": "Brothers",
    "apt": "apartment",
    "Apt": "Apartment",
    "hrs": "hours",
    "hr": "hour",
    "mins": "minutes",
    "secs": "seconds",
    "yrs": "years",
    "yr": "year",
    "lbs": "pounds",
    "tbsp": "tablespoons",
    "tsp": "teaspoons",
    "Ph.D": "PhD",
    "Tel": "Telephone",
    "tel": "telephone",
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Thurs": "Thursday",
    "Thu": "Thursday",
    "Fri": "Friday",
}
"""They may end a sentence, so their full stop stays where a capital letter follows."""

BARE_ABBREVIATIONS = {
    "vs": "versus",
    "tbsp": "tablespoon",
    "tsp": "teaspoon",
    "w/": "with",
    "w/o": "without",
    "b/c": "because",
    "n/a": "not applicable",
    "N/A": "not applicable",
    "c/o": "care of",
    "aka": "also known as",
    "hrs": "hours",
    "mins": "minutes",
    "yrs": "years",
}
"""Without a full stop."""

BEFORE_NUMBERS = {
    "No": "number",
    "no": "number",
    "Nos": "numbers",
    "Nr": "number",
    "p": "page",
    "pp": "pages",
    "Fig": "figure",
    "fig": "figure",
    "Figs": "figures",
    "Vol": "volume",
    "vol": "volume",
    "Ch": "chapter",
    "ch": "chapter",
    "Sec": "section",
    "sec": "section",
    "Eq": "equation",
    "Ed": "edition",
    "ca": "circa",
    "c": "circa",
    "art": "article",
    "Art": "article",
    "Tel": "telephone",
    "tel": "telephone",
}
"""With a full stop, and only where a number follows."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SHORT_MONTHS = {
    **{month[:3]: month for month in MONTHS},
    "Sept": "September",
}

DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}

UNITS: dict[str, tuple[str, str, str]] = {
    "km": ("kilometer", "kilometers", "킬로미터"),
    "m": ("meter", "meters", "미터"),
    "cm": ("centimeter", "centimeters", "센티미터"),
    "mm": ("millimeter", "millimeters", "밀리미터"),
    "nm": ("nanometer", "nanometers", "나노미터"),
    "μm": ("micrometer", "micrometers", "마이크로미터"),
    "mi": ("mile", "miles", "마일"),
    "ft": ("foot", "feet", "피트"),
    "yd": ("yard", "yards", "야드"),
    "in.": ("inch", "inches", "인치"),
    "kg": ("kilogram", "kilograms", "킬로그램"),
    "g": ("gram", "grams", "그램"),
    "mg": ("milligram", "milligrams", "밀리그램"),
    "μg": ("microgram", "micrograms", "마이크로그램"),
    "mcg": ("microgram", "micrograms", "마이크로그램"),
    "lb": ("pound", "pounds", "파운드"),
    "lbs": ("pound", "pounds", "파운드"),
    "oz": ("ounce", "ounces", "온스"),
    "L": ("liter", "liters", "리터"),
    "l": ("liter", "liters", "리터"),
    "mL": ("milliliter", "milliliters", "밀리리터"),
    "ml": ("milliliter", "milliliters", "밀리리터"),
    "dl": ("deciliter", "deciliters", "데시리터"),
    "km²": ("square kilometer", "square kilometers", "제곱킬로미터"),
    "m²": ("square meter", "square meters", "제곱미터"),
    "cm²": ("square centimeter", "square centimeters", "제곱센티미터"),
    "m³": ("cubic meter", "cubic meters", "세제곱미터"),
    "cm³": ("cubic centimeter", "cubic centimeters", "세제곱센티미터"),
    "sq ft": ("square foot", "square feet", "제곱피트"),
    "km/h": ("kilometer per hour", "kilometers per hour", "킬로미터 매 시"),
    "kph": ("kilometer per hour", "kilometers per hour", "킬로미터 매 시"),
    "mph": ("mile per hour", "miles per hour", "마일 매 시"),
    "m/s": ("meter per second", "meters per second", "미터 매 초"),
    "km/s": ("kilometer per second", "kilometers per second", "킬로미터 매 초"),
    "m/s²": ("meter per second squared", "meters per second squared", "미터 매 초 제곱"),
    "mpg": ("mile per gallon", "miles per gallon", "갤런당 마일"),
    "°C": ("degree Celsius", "degrees Celsius", "도"),
    "℃": ("degree Celsius", "degrees Celsius", "도"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit", "화씨 도"),
    "℉": ("degree Fahrenheit", "degrees Fahrenheit", "화씨 도"),
    "°": ("degree", "degrees", "도"),
    "%": ("percent", "percent", "퍼센트"),
    "KB": ("kilobyte", "kilobytes", "킬로바이트"),
    "kB": ("kilobyte", "kilobytes", "킬로바이트"),
    "MB": ("megabyte", "megabytes", "메가바이트"),
    "GB": ("gigabyte", "gigabytes", "기가바이트"),
    "TB": ("terabyte", "terabytes", "테라바이트"),
    "KiB": ("kibibyte", "kibibytes", "키비바이트"),
    "MiB": ("mebibyte", "mebibytes", "메비바이트"),
    "GiB": ("gibibyte", "gibibytes", "기비바이트"),
    "kbps": ("kilobit per second", "kilobits per second", "킬로비피에스"),
    "Mbps": ("megabit per second", "megabits per second", "메가비피에스"),
    "Gbps": ("gigabit per second", "gigabits per second", "기가비피에스"),
    "MB/s": ("megabyte per second", "megabytes per second", "메가바이트 매 초"),
    "GB/s": ("gigabyte per second", "gigabytes per second", "기가바이트 매 초"),
    "Hz": ("hertz", "hertz", "헤르츠"),
    "kHz": ("kilohertz", "kilohertz", "킬로헤르츠"),
    "MHz": ("megahertz", "megahertz", "메가헤르츠"),
    "GHz": ("gigahertz", "gigahertz", "기가헤르츠"),
    "W": ("watt", "watts", "와트"),
    "kW": ("kilowatt", "kilowatts", "킬로와트"),
    "MW": ("megawatt", "megawatts", "메가와트"),
    "GW": ("gigawatt", "gigawatts", "기가와트"),
    "kWh": ("kilowatt hour", "kilowatt hours", "킬로와트시"),
    "V": ("volt", "volts", "볼트"),
    "mV": ("millivolt", "millivolts", "밀리볼트"),
    "mA": ("milliamp", "milliamps", "밀리암페어"),
    "mAh": ("milliamp hour", "milliamp hours", "밀리암페어시"),
    "dB": ("decibel", "decibels", "데시벨"),
    "cal": ("calorie", "calories", "칼로리"),
    "kcal": ("kilocalorie", "kilocalories", "킬로칼로리"),
    "kJ": ("kilojoule", "kilojoules", "킬로줄"),
    "hPa": ("hectopascal", "hectopascals", "헥토파스칼"),
    "kPa": ("kilopascal", "kilopascals", "킬로파스칼"),
    "psi": ("pound per square inch", "pounds per square inch", "피에스아이"),
    "bpm": ("beat per minute", "beats per minute", "비피엠"),
    "rpm": ("revolution per minute", "revolutions per minute", "알피엠"),
    "fps": ("frame per second", "frames per second", "프레임"),
    "px": ("pixel", "pixels", "픽셀"),
    "ms": ("millisecond", "milliseconds", "밀리초"),
    "s": ("second", "seconds", "초"),
    "sec": ("second", "seconds", "초"),
    "secs": ("second", "seconds", "초"),
    "min": ("minute", "minutes", "분"),
    "mins": ("minute", "minutes", "분"),
    "h": ("hour", "hours", "시간"),
    "hr": ("hour", "hours", "시간"),
    "hrs": ("hour", "hours", "시간"),
    "tbsp": ("tablespoon", "tablespoons", "큰술"),
    "tsp": ("teaspoon", "teaspoons", "작은술"),
}
"""Written form to English singular and plural, and Korean."""

CURRENCIES: dict[str, tuple[str, str, str, str, str]] = {
    "$": ("dollar", "dollars", "cent", "cents", "달러"),
    "€": ("euro", "euros", "cent", "cents", "유로"),
    "£": ("pound", "pounds", "penny", "pence", "파운드"),
    "¥": ("yen", "yen", "", "", "엔"),
    "₩": ("won", "won", "", "", "원"),
    "₹": ("rupee", "rupees", "paisa", "paise", "루피"),
    "₽": ("ruble", "rubles", "kopek", "kopeks", "루블"),
    "₺": ("lira", "lira", "", "", "리라"),
    "₫": ("dong", "dong", "", "", "동"),
    "฿": ("baht", "baht", "", "", "바트"),
    "₪": ("shekel", "shekels", "", "", "셰켈"),
    "₿": ("bitcoin", "bitcoins", "", "", "비트코인"),
}
"""Sign to English singular, plural, and the hundredth part's; and Korean."""

CURRENCY_CODES = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "KRW": "₩",
    "INR": "₹",
}

MAGNITUDES = {
    "k": "thousand",
    "K": "thousand",
    "thousand": "thousand",
    "m": "million",
    "M": "million",
    "mn": "million",
    "mil": "million",
    "million": "million",
    "b": "billion",
    "B": "billion",
    "bn": "billion",
    "billion": "billion",
    "T": "trillion",
    "tn": "trillion",
    "trillion": "trillion",
}

FRACTION_SIGNS = {
    "½": "1/2",
    "⅓": "1/3",
    "⅔": "2/3",
    "¼": "1/4",
    "¾": "3/4",
    "⅕": "1/5",
    "⅖": "2/5",
    "⅗": "3/5",
    "⅘": "4/5",
    "⅙": "1/6",
    "⅚": "5/6",
    "⅐": "1/7",
    "⅛": "1/8",
    "⅜": "3/8",
    "⅝": "5/8",
    "⅞": "7/8",
    "⅑": "1/9",
    "⅒": "1/10",
}
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

STAGE_WORDS = word_set(
    """
    laugh laughs laughing laughter chuckle chuckles chuckling giggle giggles giggling snicker
    snickers sigh sighs sighing smile smiles smiling grin grins grinning smirk smirks smirking wink
    winks winking nod nods nodding pause pauses pausing gasp gasps gasping cough coughs coughing
    sniff sniffs sniffles whisper whispers whispering yawn yawns yawning shrug shrugs shrugging sob
    sobs sobbing cries crying applause music silence beat blush blushes blushing bow bows bowing
    wave waves waving hug hugs hugging groan groans groaning hum hums humming mutters muttering
    murmurs scoffs snorts squeals clears clap claps clapping cheers giggly
    """
)
"""First words of a stage direction in round or square brackets, or between asterisks."""

STAGE_VERBS = STAGE_WORDS | word_set(
    """
    tilts tilting looks looking leans leaning raises raising rolls rolling rubs rubbing scratches
    scratching pats patting reaches stares staring gazes gazing turns takes taking thinks thinking
    bounces bouncing jumps jumping dances dancing sits stands steps walks kisses holds holding
    places crosses stretches adjusts glances glancing frowns frowning beams beaming purrs wags
    listens listening shakes shaking furrows strokes twirls spins gestures points ponders pondering
    breathes exhales inhales speaks speaking softens pretends offers hands squeezes snuggles
    """
)
"""First words of a stage direction between asterisks or underscores."""

NOT_VERBS = word_set(
    """
    always this is was as its his us yes less perhaps sometimes thus does has unless plus various
    across besides towards afterwards alas cats dogs news lots tons ones these those because versus
    """
)
"""They end in "s" and yet begin no stage direction."""
