"""Samples as a Recorder writes them."""

from sslviz.core.recorder_inputs import SampleInputs


def samples(total, images=None, labels=None, texts=None):
    """Return a Probe of samples with these images, labels and texts; fails if any of them is left out."""

    def fail(text):
        raise AssertionError(text)

    made = SampleInputs(total, fail)
    made.add(images=images, labels=labels, texts=texts)
    return made.probe()
