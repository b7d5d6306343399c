//! Which characters are shown, marked or dropped: the classes of the display filter.
//! It looks at one character at a time and knows nothing of cells.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

pub(crate) const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
pub(crate) const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// What the display does with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Shown as it is.
    Plain,
    /// Combines with the character before it.
    Mark,
    /// Chooses a form of the character before it; alone it is nothing.
    VariationSelector,
    /// Joins or parts its neighbours; alone it is nothing.
    Joiner,
    Tab,
    /// Ends a line.
    Newline,
    /// A C0 control or DEL, shown as this control picture.
    Control(char),
    /// Nothing that a font can show: C1, annotation controls, unassigned, private use.
    Unshowable,
    /// Would reorder the text around it.
    Bidi,
    /// Takes no space and says nothing.
    Invisible,
}

pub(crate) fn class(character: char) -> Class {
    match character {
        ' '..='~' => Class::Plain,
        '\t' => Class::Tab,
        '\n' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Newline,
        '\0'..='\u{1F}' => Class::Control(picture(character)),
        '\u{7F}' => Class::Control('\u{2421}'),
        '\u{80}'..='\u{9F}' | '\u{FFF9}'..='\u{FFFC}' => Class::Unshowable,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Class::Bidi,
        ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => Class::Joiner,
        '\u{FE00}'..='\u{FE0F}' => Class::VariationSelector,
        // Fillers, the grapheme joiner, the Khmer inherent vowels and the selectors supplement are letters or
        // marks by category, and yet show nothing.
        '\u{115F}'
        | '\u{1160}'
        | '\u{3164}'
        | '\u{FFA0}'
        | '\u{34F}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{E0100}'..='\u{E01EF}' => Class::Invisible,
        _ => by_category(character),
    }
}

fn by_category(character: char) -> Class {
    match character.general_category() {
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark | GeneralCategory::SpacingMark => {
            Class::Mark
        }
        GeneralCategory::Unassigned | GeneralCategory::PrivateUse | GeneralCategory::Surrogate => {
            Class::Unshowable
        }
        GeneralCategory::Format if !is_visible_format(character) => Class::Invisible,
        _ => Class::Plain,
    }
}

/// Format characters of Arabic, Syriac and Kaithi that draw a sign around the number or word that follows.
fn is_visible_format(character: char) -> bool {
    matches!(
        character,
        '\u{600}'
            ..='\u{605}'
                | '\u{6DD}'
                | '\u{70F}'
                | '\u{890}'
                | '\u{891}'
                | '\u{8E2}'
                | '\u{110BD}'
                | '\u{110CD}'
    )
}

fn picture(control: char) -> char {
    char::from_u32(0x2400 + u32::from(control)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether a search must see through this character: nothing on the screen shows that it stands there as text.
pub(crate) fn is_unseen(character: char) -> bool {
    matches!(class(character), Class::Invisible | Class::Joiner | Class::Bidi | Class::VariationSelector)
}

/// Whether the character is nothing that a reader of a plain text file would see: it moves, hides or reorders, or is
/// nothing that a font can show. Tabs and what joins or varies letters are ordinary text.
pub(crate) fn is_hazard(character: char) -> bool {
    match class(character) {
        Class::Control(_) | Class::Bidi | Class::Invisible | Class::Unshowable => true,
        Class::Newline => character != '\n',
        Class::Plain | Class::Mark | Class::VariationSelector | Class::Joiner | Class::Tab => false,
    }
}

/// Whether the character is a letter of a script whose letters join or change form beside each other.
pub(crate) fn is_joining_letter(character: char) -> bool {
    let joins = matches!(character,
        '\u{600}'..='\u{8FF}'         // Arabic, Syriac, Thaana, N'Ko, Mandaic
        | '\u{900}'..='\u{DFF}'       // the scripts of India, from Devanagari to Sinhala
        | '\u{F00}'..='\u{109F}'      // Tibetan, Myanmar
        | '\u{1780}'..='\u{18AF}'     // Khmer, Mongolian
        | '\u{1900}'..='\u{1CFF}'     // Limbu to Vedic
        | '\u{A840}'..='\u{A8FF}'     // Phags-pa, Saurashtra, Devanagari extended
        | '\u{A980}'..='\u{AAFF}'     // Javanese to Meetei Mayek
        | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' // Arabic presentation forms
        | '\u{10AC0}'..='\u{10AFF}' | '\u{10B80}'..='\u{10BAF}' | '\u{10D00}'..='\u{10D3F}'
        | '\u{10F30}'..='\u{10FDF}'   // Manichaean to Chorasmian
        | '\u{11000}'..='\u{11FFF}'   // Brahmi and its kin
        | '\u{1E900}'..='\u{1E95F}'); // Adlam
    joins && class(character) == Class::Plain && character.is_alphabetic()
}

/// Whether the character is a picture that can stand in an emoji sequence.
pub(crate) fn is_pictograph(character: char) -> bool {
    matches!(character,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '〰' | '〽' | '㊗' | '㊙'
        | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{2460}'..='\u{24FF}'
        | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{1F000}'..='\u{1FAFF}')
        && class(character) == Class::Plain
}

/// Whether the character is a skin tone, which stands between a picture and its joiner.
pub(crate) fn is_skin_tone(character: char) -> bool {
    matches!(character, '\u{1F3FB}'..='\u{1F3FF}')
}
