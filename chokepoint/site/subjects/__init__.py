"""What pages are about: law, goods, materials, trade."""
