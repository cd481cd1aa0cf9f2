//! Classes in wasm-bindgen's JavaScript that nothing makes: a library's, for a kind of streams that
//! Casella does not use. Their methods would keep their code in the WebAssembly.

/// The script without the classes that it neither exports nor names outside of themselves.
pub fn without_unused_classes(script: &str) -> String {
    let mut script = script.to_owned();
    for class in classes(&script) {
        let without = without(&script, &class);
        if !names(&without, &class) {
            script = without;
        }
    }
    script
}

/// Classes that are not exported.
fn classes(script: &str) -> Vec<String> {
    script
        .lines()
        .filter_map(|line| line.strip_prefix("class ")?.strip_suffix(" {"))
        .map(str::to_owned)
        .collect()
}

/// Leaves out the class and the statements at the top level that are about it alone: how it is
/// disposed of, and what looks after those that are forgotten.
fn without(script: &str, class: &str) -> String {
    let starts = [
        format!("class {class} {{"),
        format!("if (Symbol.dispose) {class}."),
        format!("const {class}Finalization = "),
    ];
    let mut kept = String::new();
    let mut within = false;
    for line in script.lines() {
        let inner = line.starts_with([' ', '}']);
        within = starts.iter().any(|start| line.starts_with(start)) || (within && inner);
        if !within {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Whether the name stands anywhere as a whole word.
fn names(script: &str, class: &str) -> bool {
    script
        .split(|character: char| !(character.is_alphanumeric() || matches!(character, '_' | '$')))
        .any(|word| word == class)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: &str = "class Unused {\n    free() {\n        wasm.unused_free();\n    }\n}\n\
         if (Symbol.dispose) Unused.prototype[Symbol.dispose] = Unused.prototype.free;\n";
    const REST: &str = "const UnusedFinalization = (typeof FinalizationRegistry === 'undefined')\n    \
         ? { register: () => {} }\n    : new FinalizationRegistry(ptr => wasm.unused_free(ptr));\n";

    #[test]
    fn a_class_that_nothing_makes_goes_with_all_that_is_about_it() {
        let script =
            format!("{CLASS}export function run() {{\n    wasm.run();\n}}\n{REST}let wasm;\n");
        assert_eq!(
            without_unused_classes(&script),
            "export function run() {\n    wasm.run();\n}\nlet wasm;\n"
        );
    }

    #[test]
    fn a_class_that_is_made_or_exported_stays() {
        let made = format!("{CLASS}{REST}function make() {{\n    return new Unused();\n}}\n");
        assert_eq!(without_unused_classes(&made), made);
        let exported = format!("export {CLASS}");
        assert_eq!(without_unused_classes(&exported), exported);
    }
}
