"""Write docs/using/glossary.md from the terms of the project."""

from __future__ import annotations

from chokepoint.settings import PROJECT_DIR
from chokepoint.site.glossary import PAGE, markdown

if __name__ == "__main__":
    (PROJECT_DIR / PAGE).write_text(markdown(PROJECT_DIR), encoding="utf-8")
    print(f"{PAGE} is written.")
