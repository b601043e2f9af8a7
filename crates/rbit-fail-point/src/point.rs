//! The points: the arrows of a job's way at which the loss of the process makes a difference.

/// A place between two steps. What a crash there leads to is said with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailPoint {
    /// A delivery has come. It comes again, and nobody knows of the first time.
    Received,
    /// The claim is in the journal. The job is run as its next attempt.
    Claimed,
    /// The front-end was told `Building`. It is told so again.
    Announced,
    /// The guest has ended; its files are in the scratch folder, which the next process removes.
    Executed,
    /// The files are copied beside their final place. The copies of a process that is gone are removed by the next attempt.
    FilesCopied,
    /// Some of several files have their final name. The next attempt replaces them.
    FilesAppearing,
    /// All files have their final name, and no outcome is written. The next attempt replaces them.
    FilesDelivered,
    /// Outcome and report are in the journal. The job is not run again; the message that comes again is settled.
    Finished,
    /// The front-end has taken a report, which still stands in the outbox. It is asked, and not told the same again.
    ReportTaken,
    /// The report is struck out.
    ReportNoted,
    /// The broker has the copy that is tried later, and still the original. Both come; the job ends once.
    RetryCopyStored,
    /// The broker has the copy that is put aside, and still the original. It is put aside twice.
    ParkedCopyStored,
    /// The message of a long job has a copy in a queue of its own, and is still with us. Both come again; the job ends once.
    HeldCopyStored,
    /// That copy is all there is. It is back in its queue when nobody renews it.
    MessageHeld,
    /// There is a fresh copy beside the one before. Both come back; the job ends once.
    HeldCopyRenewed,
    /// Listeners were told an event, which still stands in the journal. They are told it again, under the same id.
    EventTold,
    /// The event is struck out.
    EventStruckOut,
    /// The message is let go. If the broker has heard so, the job is over.
    Settled,
    /// The box takes no more messages and has given back those it did not hand out.
    SourceStopped,
}

/// Says that the process is at this point. In a build without debug assertions it does nothing.
#[inline]
pub fn passed(point: FailPoint) {
    #[cfg(debug_assertions)]
    crate::armed::passed(point);
    #[cfg(not(debug_assertions))]
    let _ = point;
}

#[cfg(debug_assertions)]
impl FailPoint {
    /// Every point, in the order in which a job passes them.
    pub const ALL: [Self; 19] = [
        Self::Received,
        Self::Claimed,
        Self::Announced,
        Self::Executed,
        Self::FilesCopied,
        Self::FilesAppearing,
        Self::FilesDelivered,
        Self::Finished,
        Self::ReportTaken,
        Self::ReportNoted,
        Self::RetryCopyStored,
        Self::ParkedCopyStored,
        Self::HeldCopyStored,
        Self::MessageHeld,
        Self::HeldCopyRenewed,
        Self::EventTold,
        Self::EventStruckOut,
        Self::Settled,
        Self::SourceStopped,
    ];

    /// Its name in `RBIT_CRASH_AT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Claimed => "claimed",
            Self::Announced => "announced",
            Self::Executed => "executed",
            Self::FilesCopied => "files-copied",
            Self::FilesAppearing => "files-appearing",
            Self::FilesDelivered => "files-delivered",
            Self::Finished => "finished",
            Self::ReportTaken => "report-taken",
            Self::ReportNoted => "report-noted",
            Self::RetryCopyStored => "retry-copy-stored",
            Self::ParkedCopyStored => "parked-copy-stored",
            Self::HeldCopyStored => "held-copy-stored",
            Self::MessageHeld => "message-held",
            Self::HeldCopyRenewed => "held-copy-renewed",
            Self::EventTold => "event-told",
            Self::EventStruckOut => "event-struck-out",
            Self::Settled => "settled",
            Self::SourceStopped => "source-stopped",
        }
    }
}
