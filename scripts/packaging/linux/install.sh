#!/bin/sh
# Installs VoiceMate for you alone, without root: ./install.sh [FOLDER]
#
# The programs go into FOLDER/voicemate (~/.local/opt/voicemate), a link into ~/.local/bin, the
# entry for the desktop's menu and its icon into ~/.local/share. A second time, it updates.
# uninstall.sh in that folder removes all of it again.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
data=${XDG_DATA_HOME:-$HOME/.local/share}
bin=$HOME/.local/bin
id=io.github.voicemate.VoiceMate

mkdir -p -- "${1:-$HOME/.local/opt}"
folder=$(readlink -f -- "${1:-$HOME/.local/opt}")/voicemate
case $folder in
*[\"\`\$\\%\|\&]*)
    echo "A menu cannot start a program in $folder: choose a folder with a plainer name." >&2
    exit 2
    ;;
esac
if ! "$here/bin/voicemate" --version >/dev/null; then
    echo "VoiceMate does not start on this system: README.txt tells what it needs of it." >&2
    exit 1
fi
if [ "$folder" = "$here" ]; then
    echo "VoiceMate lies in $folder already; this makes its links and its menu entry anew."
else
    rm -rf -- "$folder.new"
    cp -R -- "$here" "$folder.new"
    # The new one is whole before the old one goes.
    rm -rf -- "$folder.old"
    [ ! -e "$folder" ] || mv -- "$folder" "$folder.old"
    mv -- "$folder.new" "$folder"
    rm -rf -- "$folder.old"
fi

mkdir -p -- "$bin" "$data/applications" "$data/metainfo" "$data/icons/hicolor/scalable/apps"
ln -sfn -- "$folder/bin/voicemate" "$bin/voicemate"
sed "s|^Exec=voicemate|Exec=\"$folder/bin/voicemate\"|" \
    "$folder/share/applications/$id.desktop" >"$data/applications/$id.desktop"
cp -- "$folder/share/metainfo/$id.metainfo.xml" "$data/metainfo/"
cp -- "$folder/share/icons/hicolor/scalable/apps/$id.svg" "$data/icons/hicolor/scalable/apps/"

echo "VoiceMate is installed: it is in your desktop's menu, and $bin/voicemate starts it."
case :$PATH: in
*:"$bin":*) ;;
*) echo "($bin is not in your PATH yet; most systems put it there at the next login.)" ;;
esac
if ! PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q 'libespeak-ng\.so\.1'; then
    echo
    echo "The system's voice, espeak-ng, is not here. Without it VoiceMate speaks English only,"
    echo "with the voice Hibari. To install it, on Debian and Ubuntu: sudo apt install espeak-ng"
fi
