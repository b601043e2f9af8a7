//! The classes of PyBit that a build request is made of.

/// One of PyBit's model classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    BuildRequest,
    CancelRequest,
    Job,
    PackageInstance,
    Package,
    Transport,
    Arch,
    Suite,
    Dist,
    Format,
    BuildEnv,
}

impl Class {
    /// Its name as jsonpickle writes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::BuildRequest => "pybit.models.BuildRequest",
            Self::CancelRequest => "pybit.models.CancelRequest",
            Self::Job => "pybit.models.Job",
            Self::PackageInstance => "pybit.models.PackageInstance",
            Self::Package => "pybit.models.Package",
            Self::Transport => "pybit.models.Transport",
            Self::Arch => "pybit.models.Arch",
            Self::Suite => "pybit.models.Suite",
            Self::Dist => "pybit.models.Dist",
            Self::Format => "pybit.models.Format",
            Self::BuildEnv => "pybit.models.BuildEnv",
        }
    }

    /// Whether an object tagged so can stand where this class is expected.
    ///
    /// The five classes that are just an id and a name stand in for one another: a producer that uses one object in two roles
    /// sends it with the class of one of them, and nothing but its name is read.
    pub(super) fn accepts(self, tag: &str) -> bool {
        let stand_ins: &[Self] = if NAMED.contains(&self) { &NAMED } else { &[self] };
        stand_ins.iter().any(|class| class.name() == tag)
    }
}

/// The classes that have an id and a name only.
const NAMED: [Class; 5] = [Class::Arch, Class::Suite, Class::Dist, Class::Format, Class::BuildEnv];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_classes_that_are_just_a_name_stand_in_for_one_another() {
        assert!(Class::BuildEnv.accepts("pybit.models.Arch"));
        assert!(Class::Job.accepts("pybit.models.Job"));
        assert!(!Class::Job.accepts("pybit.models.Arch"));
        assert!(!Class::Arch.accepts("pybit.models.Package"));
        assert!(!Class::Arch.accepts("Arch"));
    }
}
