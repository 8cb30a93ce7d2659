#!/bin/sh
# Removes what install.sh has installed. What you told VoiceMate stays: see the last lines.
set -eu
folder=$(dirname -- "$(readlink -f -- "$0")")
data=${XDG_DATA_HOME:-$HOME/.local/share}
config=${XDG_CONFIG_HOME:-$HOME/.config}
link=$HOME/.local/bin/voicemate
id=io.github.voicemate.VoiceMate

if [ "$(readlink -- "$link" || true)" != "$folder/bin/voicemate" ]; then
    echo "$link does not start the copy in $folder: nothing is changed." >&2
    echo "If nobody needs it any more, delete the folder." >&2
    exit 2
fi
rm -f -- "$link" "$data/applications/$id.desktop" "$data/metainfo/$id.metainfo.xml" \
    "$data/icons/hicolor/scalable/apps/$id.svg"
login=$config/autostart/$id.desktop
if [ -f "$login" ] && grep -qF "$folder/bin/voicemate" "$login"; then
    rm -f -- "$login"
fi
rm -rf -- "$folder"

echo "VoiceMate is removed. Your conversation, its models and its settings are still there, in"
echo "$data/voicemate, $config/voicemate and ${XDG_STATE_HOME:-$HOME/.local/state}/voicemate."
echo "Delete these folders if you want them gone too."
