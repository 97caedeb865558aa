"""Tables of a firm's own, in whatever form its spreadsheets have, as deliveries that land."""
