"""The build request, with the attributes and getters of PyBit's own."""

import time


class _Model:
    """Attributes that can be read, changed, printed, compared, copied and pickled."""

    def __init__(self, **attributes):
        vars(self).update(attributes)

    def __repr__(self):
        attributes = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({attributes})"

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None


class Arch(_Model):
    pass


class Suite(_Model):
    pass


class Dist(_Model):
    pass


class Format(_Model):
    pass


class BuildEnv(_Model):
    pass


class Package(_Model):
    pass


class PackageInstance(_Model):
    pass


class Job(_Model):
    pass


class Transport(_Model):
    pass


class BuildRequest(_Model):
    """One job. PyBit's numbers of rows do not reach a runner, but for the job's: `id` of all else is None."""

    @classmethod
    def of(cls, record):
        """From the record of `rbit:runner/types`."""
        return cls(
            job=Job(id=_number(record.job), packageinstance=_package_instance(record), buildclient=None),
            transport=_transport(record.transport),
            web_host=None,
            commands=record.commands,
            timestamp=record.timestamp,
            attempt=record.attempt,
        )

    def get_job_id(self):
        return self.job.id

    def get_package(self):
        return self.job.packageinstance.package.name

    def get_version(self):
        return self.job.packageinstance.package.version

    def get_arch(self):
        return self.job.packageinstance.arch.name

    def get_suite(self):
        return self.job.packageinstance.suite.name

    def get_dist(self):
        return self.job.packageinstance.distribution.name

    def get_format(self):
        return self.job.packageinstance.format.name

    def get_buildenv(self):
        """Name of the build environment, or None."""
        build_env = self.job.packageinstance.build_env
        return build_env and build_env.name

    get_build_env = get_buildenv

    def get_buildstamp(self):
        """Unix seconds."""
        return self.timestamp

    get_timestamp = get_buildstamp

    def get_attempt(self):
        """Which attempt at the job this is, from 1."""
        return self.attempt

    def stamp_request(self):
        self.timestamp = int(time.time())


def _package_instance(record):
    build_env = record.build_env
    return PackageInstance(
        id=None,
        package=Package(id=None, name=record.package, version=record.version),
        arch=Arch(id=None, name=record.arch),
        suite=Suite(id=None, name=record.suite),
        distribution=Dist(id=None, name=record.dist),
        format=Format(id=None, name=record.format),
        master=record.master,
        build_env=None if build_env is None else BuildEnv(id=None, name=build_env),
    )


def _transport(record):
    return Transport(id=None, method=record.method, uri=record.uri, vcs_id=record.vcs_id)


def _number(text):
    try:
        return int(text)
    except ValueError:
        # Longer than Python reads.
        return text
