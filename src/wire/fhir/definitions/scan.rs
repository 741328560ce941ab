//! Reads the few top-level members that an index needs from the text of a resource, without parsing the rest.

/// What the index keeps of a resource.
#[derive(Debug, Default, Clone)]
pub(super) struct Header {
    pub(super) resource_type: String,
    pub(super) url: String,
    pub(super) version: String,
    pub(super) fhir_version: String,
    pub(super) kind: String,
    pub(super) type_name: String,
    pub(super) derivation: String,
    pub(super) base: String,
}

impl Header {
    fn place(&mut self, key: &[u8]) -> Option<&mut String> {
        match key {
            b"resourceType" => Some(&mut self.resource_type),
            b"url" => Some(&mut self.url),
            b"version" => Some(&mut self.version),
            b"fhirVersion" => Some(&mut self.fhir_version),
            b"kind" => Some(&mut self.kind),
            b"type" => Some(&mut self.type_name),
            b"derivation" => Some(&mut self.derivation),
            b"baseDefinition" => Some(&mut self.base),
            _ => None,
        }
    }
}

/// The header of a JSON object; none when the text is not one. A text that is passed here may still fail to parse.
pub(super) fn header(text: &[u8]) -> Option<Header> {
    let mut scanner = Scanner { text, at: 0 };
    let mut header = Header::default();
    scanner.space();
    scanner.sign(b'{')?;
    loop {
        scanner.space();
        if scanner.peek()? == b'}' {
            return Some(header);
        }
        let key = scanner.string()?;
        scanner.space();
        scanner.sign(b':')?;
        scanner.space();
        match header.place(key) {
            Some(place) if scanner.peek()? == b'"' => *place = unescaped(scanner.string()?)?,
            _ => scanner.skip()?,
        }
        scanner.space();
        if scanner.peek()? == b',' {
            scanner.at += 1;
        }
    }
}

fn unescaped(raw: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(raw).ok()?;
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    serde_json::from_str(&format!("\"{text}\"")).ok()
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Scanner<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn sign(&mut self, sign: u8) -> Option<()> {
        (self.peek()? == sign).then(|| self.at += 1)
    }

    /// The raw text between two quotes.
    fn string(&mut self) -> Option<&'t [u8]> {
        self.sign(b'"')?;
        let start = self.at;
        loop {
            match self.peek()? {
                b'"' => {
                    let raw = &self.text[start..self.at];
                    self.at += 1;
                    return Some(raw);
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// Passes over one value, however deep.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' if depth == 0 => return Some(()),
                _ => {
                    self.at += 1;
                    // A number or word ends at the next sign.
                    if depth > 0 || !matches!(self.peek()?, b',' | b'}') {
                        continue;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}
