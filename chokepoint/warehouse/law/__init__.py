"""The tables of the law: checked before a build, and entered."""
