"""First-party packs. They come through the same door as everybody's, and none needs another."""
