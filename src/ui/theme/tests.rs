//! What every shipped theme keeps, and what a broken one says.

use super::*;

/// The red, green and blue of a colour of the 256-colour palette above the sixteen that a terminal chooses.
fn rgb(colour: Color) -> Option<[u8; 3]> {
    let Color::Indexed(number) = colour else { return None };
    match number {
        16..=231 => {
            let place = number - 16;
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            Some([level(place / 36), level(place / 6 % 6), level(place % 6)])
        }
        232..=255 => Some([8 + 10 * (number - 232); 3]),
        _ => None,
    }
}

/// Relative luminance as WCAG 2 defines it.
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The weakest contrast of a theme: each role on its own ground, and on the screen's and a layer's.
fn weakest(theme: &Theme) -> (f64, Role) {
    let ground = |role: Role| theme.style(role).bg.and_then(rgb).unwrap();
    let mut weakest = (f64::MAX, Role::Text);
    for role in Role::ALL {
        let style = theme.style(role);
        let fg = style.fg.or(theme.style(Role::Text).fg).and_then(rgb).unwrap();
        let grounds = match style.bg {
            Some(bg) => vec![rgb(bg).unwrap()],
            None => vec![ground(Role::Text), ground(Role::Layer), ground(Role::StatusLine)],
        };
        for ground in grounds {
            let found = contrast(fg, ground);
            if found < weakest.0 {
                weakest = (found, role);
            }
        }
    }
    weakest
}

#[test]
fn contrast_is_enough_to_read_and_seven_to_one_where_it_is_promised() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01, "the measure itself");
    for (name, least) in
        [("high-contrast", 7.0), ("dark", 3.0), ("light", 3.0), ("deuteranopia", 3.0), ("tritanopia", 3.0)]
    {
        let (found, role) = weakest(&Theme::named(name).unwrap());
        assert!(found >= least, "{name}: {} has {found:.2}, wanted {least}", role.name());
    }
}

#[test]
fn nothing_is_faint_in_the_high_contrast_theme() {
    let theme = Theme::named("high-contrast").unwrap();
    for role in Role::ALL {
        assert!(!theme.style(role).add_modifier.contains(Modifier::DIM), "{}", role.name());
    }
}

#[test]
fn every_shipped_theme_reads_without_a_problem_and_keeps_the_attributes() {
    for (name, text) in SHIPPED {
        let (theme, problems) = Theme::parse(text);
        assert_eq!(problems, [], "{name}");
        for role in Role::ALL {
            assert!(theme.style(role).add_modifier.contains(role.attributes()), "{name}: {}", role.name());
        }
        let bare = theme.without_colour();
        let looks = [Role::Stat, Role::Asap, Role::Routine].map(|role| bare.style(role));
        assert!(looks.iter().all(|look| look.fg.is_none() && look.bg.is_none()), "{name}");
        assert!(looks[0] != looks[1] && looks[1] != looks[2] && looks[0] != looks[2], "{name}");
    }
}

#[test]
fn the_mono_theme_has_no_colour() {
    let theme = Theme::named("mono").unwrap();
    assert_eq!(theme.clone().without_colour(), theme);
}

#[test]
fn a_broken_theme_says_where_and_the_rest_of_it_is_used() {
    let text = "base = \"dark\"\ncolor = 1\n[roles]\nstat = { fg = \"rot\", add = [\"blink\"] }\n\
                good = { fg = \"#00ff00\", bg = 300 }\nhappy = {}\nasap = 4\nurgent = { size = 2, fg = 17 }\n";
    let (theme, problems) = Theme::parse(text);
    let places: Vec<_> = problems.iter().map(|problem| (problem.line, problem.column)).collect();
    assert_eq!(places, [(2, 1), (4, 15), (4, 29), (5, 31), (6, 1), (7, 8), (8, 12)]);
    assert!(problems.iter().all(|problem| problem.sentence.ends_with('.')));
    assert!(problems[4].to_string().starts_with("line 6, column 1: no such role; there are text, dim"));
    let dark = Theme::named("dark").unwrap();
    assert_eq!(theme.style(Role::Good).fg, Some(Color::Rgb(0, 255, 0)));
    assert_eq!(theme.style(Role::Urgent).fg, Some(Color::Indexed(17)));
    assert_eq!(theme.style(Role::Asap), dark.style(Role::Asap), "a role that cannot be read stays");
    assert_eq!(theme.style(Role::Text), dark.style(Role::Text), "a role left out is the base's");
    assert_eq!(theme.style(Role::Stat).add_modifier, Role::Stat.attributes());
}

#[test]
fn text_that_is_no_toml_gives_the_default_theme_and_a_problem() {
    let (theme, problems) = Theme::parse("[roles\n\u{0}");
    assert_eq!(theme, Theme::default());
    assert!(!problems.is_empty());
}

#[test]
fn the_tracer_names_each_role() {
    let theme = Theme::tracer();
    for role in Role::ALL {
        assert_eq!(theme.style(role).fg.and_then(Theme::traced), Some(role));
    }
    assert_eq!(Theme::traced(Color::Reset), None);
}
