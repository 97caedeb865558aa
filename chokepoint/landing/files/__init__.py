"""How a delivered file is opened: bytes, archives, workbooks, text, headers, formats."""
