"""Reading, making and showing data: downloads, sound, text, thumbnails."""
