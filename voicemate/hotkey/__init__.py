"""How a running VoiceMate is told that the key went down or up."""
