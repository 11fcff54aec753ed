//! What is done with a call: a small tree, made of tests on its arguments.

/// What the kernel does with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    Allow,
    /// The broker answers.
    Notify,
    /// The call fails with this errno.
    Refuse(i32),
    /// By the low 32 bits of an argument: the kernel reads no more of an `int`.
    Among {
        argument: u8,
        mask: u32,
        values: Vec<u32>,
        then: Box<Rule>,
        otherwise: Box<Rule>,
    },
    /// Whether an argument has any of these low bits.
    AnyBit {
        argument: u8,
        bits: u32,
        then: Box<Rule>,
        otherwise: Box<Rule>,
    },
    /// Whether a pointer, all 64 bits of it, is null.
    Null {
        argument: u8,
        then: Box<Rule>,
        otherwise: Box<Rule>,
    },
}

const WHOLE: u32 = u32::MAX;

impl Rule {
    /// `then` where the argument is one of `values`.
    pub fn among(argument: u8, values: &[u32], then: Rule, otherwise: Rule) -> Rule {
        Rule::masked(argument, WHOLE, values, then, otherwise)
    }

    /// As `among`, after the bits outside `mask` are dropped.
    pub fn masked(argument: u8, mask: u32, values: &[u32], then: Rule, otherwise: Rule) -> Rule {
        Rule::Among { argument, mask, values: values.to_vec(), then: Box::new(then), otherwise: Box::new(otherwise) }
    }

    pub fn any_bit(argument: u8, bits: u32, then: Rule, otherwise: Rule) -> Rule {
        Rule::AnyBit { argument, bits, then: Box::new(then), otherwise: Box::new(otherwise) }
    }

    /// `then` where all of `bits` are set.
    pub fn all_bits(argument: u8, bits: u32, then: Rule, otherwise: Rule) -> Rule {
        Rule::masked(argument, bits, &[bits], then, otherwise)
    }

    /// Whether it looks at no argument.
    pub fn is_end(&self) -> bool {
        matches!(self, Rule::Allow | Rule::Notify | Rule::Refuse(_))
    }

    /// The broker is asked where the kernel would have gone on.
    pub fn watched(self) -> Rule {
        self.with(&Rule::Allow, &Rule::Notify)
    }

    /// `answer` stands where the broker would have been asked.
    pub fn answered(self, answer: &Rule) -> Rule {
        self.with(&Rule::Notify, answer)
    }

    /// Each end of the tree that is `old` becomes `new`.
    fn with(self, old: &Rule, new: &Rule) -> Rule {
        let inner = |rule: Box<Rule>| Box::new(rule.with(old, new));
        match self {
            Rule::Allow | Rule::Notify | Rule::Refuse(_) if self == *old => new.clone(),
            Rule::Allow | Rule::Notify | Rule::Refuse(_) => self,
            Rule::Among { argument, mask, values, then, otherwise } => {
                Rule::Among { argument, mask, values, then: inner(then), otherwise: inner(otherwise) }
            }
            Rule::AnyBit { argument, bits, then, otherwise } => {
                Rule::AnyBit { argument, bits, then: inner(then), otherwise: inner(otherwise) }
            }
            Rule::Null { argument, then, otherwise } => {
                Rule::Null { argument, then: inner(then), otherwise: inner(otherwise) }
            }
        }
    }

    pub fn null(argument: u8, then: Rule, otherwise: Rule) -> Rule {
        Rule::Null { argument, then: Box::new(then), otherwise: Box::new(otherwise) }
    }
}
