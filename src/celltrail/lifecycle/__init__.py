"""Acts that change state: what is kept, released and watched because somebody asked for it."""
