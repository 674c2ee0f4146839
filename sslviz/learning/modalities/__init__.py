"""The modalities: images, sound, text and video, each registered by a file of its own."""
