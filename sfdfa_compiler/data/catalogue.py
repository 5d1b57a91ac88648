"""Data sets that `sfdfac data get` knows: where their authors or keepers publish them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remote:
    """A published file.

    `digests` are "ALGORITHM:HEX" of the file as published or of what is inside its compression:
    either may match, so a copy that was compressed anew is as good as the original.
    """

    url: str
    digests: tuple[str, ...]
    members: tuple[str, ...] = ()  # of a .zip: what is taken out, everything else is thrown away

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rpartition("/")[2]

    @property
    def places(self) -> tuple[str, ...]:
        """Names of the files that it becomes in the data set's folder."""
        return tuple(member.rpartition("/")[2] for member in self.members) or (self.name,)


def _idx_files(base: str, **digests: str) -> tuple[Remote, ...]:
    """The four IDX files below `base`, by the SHA-256 of their decompressed content."""
    names = {
        "train_images": "train-images-idx3-ubyte.gz",
        "train_labels": "train-labels-idx1-ubyte.gz",
        "test_images": "t10k-images-idx3-ubyte.gz",
        "test_labels": "t10k-labels-idx1-ubyte.gz",
    }
    return tuple(Remote(base + names[role], (f"sha256:{hex_}",)) for role, hex_ in digests.items())


# MNIST: the copy that PyTorch keeps, since the authors' page no longer hands the files out.
# EMNIST: the authors' archive; its checksum is the one that torchvision expects.
# SHD: the authors' page; MD5 of the compressed files and of their content.
CATALOGUE: Mapping[str, tuple[Remote, ...]] = {
    "mnist": _idx_files(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        train_images="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        train_labels="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        test_images="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        test_labels="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    "fashion-mnist": _idx_files(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        train_images="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        train_labels="bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        test_images="5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        test_labels="0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    "emnist-balanced": (
        Remote(
            "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
            ("md5:58c8d27c78d21e728a6bc7b3cc06412e",),
            members=(
                "gzip/emnist-balanced-train-images-idx3-ubyte.gz",
                "gzip/emnist-balanced-train-labels-idx1-ubyte.gz",
                "gzip/emnist-balanced-test-images-idx3-ubyte.gz",
                "gzip/emnist-balanced-test-labels-idx1-ubyte.gz",
            ),
        ),
    ),
    "shd": (
        Remote(
            "https://zenkelab.org/datasets/shd_train.h5.gz",
            ("md5:d47c9825dee33347913e8ce0f2be08b0", "md5:8e9877c85f29a28dd353ea6a54402667"),
        ),
        Remote(
            "https://zenkelab.org/datasets/shd_test.h5.gz",
            ("md5:3062a80ec0c5719404d5b02e166543b1", "md5:207ad1295a0ab611e22d1734989c254e"),
        ),
    ),
}
