package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes doc as one indented document and a newline. Nil lists and objects become
// [] and {}. It writes nothing if doc cannot be encoded.
//
// It escapes characters that a terminal would obey (DEL, the C1 controls,
// bidirectional overrides) as \u, which means the same to every reader.
func JSON(w io.Writer, doc any) error { return encode(w, doc, "  ") }

// JSONLine writes doc as JSON does, on one line.
func JSONLine(w io.Writer, doc any) error { return encode(w, doc, "") }

func encode(w io.Writer, doc any, indent string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(clone(doc, nil)); err != nil {
		return fmt.Errorf("report: cannot encode the document: %w", err)
	}
	_, err := w.Write(logSafe(escapeUnprintable(b.Bytes())))
	return err
}

// logSafe escapes what a CI log would obey in the middle of a line.
func logSafe(doc []byte) []byte {
	if !bytes.Contains(doc, []byte("::")) && !bytes.Contains(doc, []byte("##")) {
		return doc
	}
	return logCommand().ReplaceAllFunc(doc, func(c []byte) []byte { return fmt.Appendf(nil, `\u%04x%s`, c[0], c[1:]) })
}

// escapeUnprintable escapes unprintable characters from DEL on, which JSON has only in
// strings. The encoder has escaped those below U+0020.
func escapeUnprintable(doc []byte) []byte {
	out := make([]byte, 0, len(doc))
	for i := 0; i < len(doc); {
		r, n := utf8.DecodeRune(doc[i:])
		switch {
		case r < 0x7f || unicode.IsPrint(r):
			out = append(out, doc[i:i+n]...)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += n
	}
	return out
}
