//! What wit-bindgen makes of `wit/`: the types, the trait of a runner, and the macro that exports one.

wit_bindgen::generate!({
    path: "../../wit",
    world: "runner",
    // The export macro is used in another crate than this one, by `runner!`.
    pub_export_macro: true,
    default_bindings_module: "rbit_guest::bindings",
    additional_derives: [PartialEq, Eq, Default],
    // A variant has no default.
    additional_derives_ignore: ["error"],
});
