//! The web framework's pages for errors.

use super::Request;

/// The page for an error, with the address that caused it.
pub(super) fn error(request: &Request, status: &str, detail: &str) -> String {
    let host = request.header("host").unwrap_or_default();
    let url = escaped(&format!("http://{host}{}", request.path));
    TEMPLATE
        .replace("{status}", status)
        .replace("{url}", &url)
        .replace("{detail}", detail)
}

/// The text with the characters that HTML uses replaced, as PyBit stores every value.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const TEMPLATE: &str = r#"
    <!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
    <html>
        <head>
            <title>Error: {status}</title>
            <style type="text/css">
              html {background-color: #eee; font-family: sans;}
              body {background-color: #fff; border: 1px solid #ddd;
                    padding: 15px; margin: 15px;}
              pre {background-color: #eee; border: 1px solid #ddd; padding: 5px;}
            </style>
        </head>
        <body>
            <h1>Error: {status}</h1>
            <p>Sorry, the requested URL <tt>&#039;{url}&#039;</tt>
               caused an error:</p>
            <pre>{detail}</pre>
        </body>
    </html>
"#;
