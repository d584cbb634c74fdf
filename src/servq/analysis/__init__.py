"""What this instrument and this n permit, as findings with a plain-language reading."""
