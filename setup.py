"""Four sibling folders, one import name: `dsl` is `sfdfa_compiler.dsl`, and so on."""

from setuptools import find_namespace_packages, find_packages, setup

SIBLINGS = ("dsl", "targets", "templates", "examples")

MAPPING = {f"sfdfa_compiler.{sibling}": sibling for sibling in SIBLINGS}

packages = find_packages(include=["sfdfa_compiler*"], exclude=[f"{name}*" for name in MAPPING])
for name, folder in MAPPING.items():
    packages += [name, *(f"{name}.{inner}" for inner in find_namespace_packages(folder))]

setup(packages=packages, package_dir=MAPPING)
