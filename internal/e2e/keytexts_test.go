//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

var update = flag.Bool("update", false, "rewrite the texts of libraries that the tests of explain read")

// keyInput is a damaged or wrong key for a signing library, or one that it may refuse.
type keyInput struct {
	Name       string `json:"name"`
	File       string `json:"file,omitempty"` // without it the key is undefined, None or nil
	Alg        string `json:"alg"`
	Passphrase string `json:"passphrase,omitempty"`
}

// saidOfKey is what a library said of an input.
type saidOfKey struct {
	Library string `json:"library"`
	Version string `json:"version"`
	Input   string `json:"input"`
	Text    string `json:"text"`
}

// keyInputs writes the inputs to a folder.
func keyInputs(t *testing.T) []keyInput {
	t.Helper()
	dir := t.TempDir()
	var inputs []keyInput
	add := func(name, alg, passphrase string, data []byte) {
		file := filepath.Join(dir, name+".pem")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, keyInput{name, file, alg, passphrase})
	}
	key := func(name string) []byte { return read(t, "../../testdata/keys/"+name) }
	pkcs8, pkcs1 := key("rsa-3072.pem"), key("rsa-3072-pkcs1.pem")
	text := string(pkcs8)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	body := strings.Join(lines[1:len(lines)-1], "\n")
	der := block(t, pkcs8)
	label := func(label string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
	}
	flipped := bytes.Clone(der)
	for i := 1; i < 40; i++ {
		flipped[i] ^= 0x55
	}
	make := func(args ...string) []byte { return openssl(t, nil, args...) }
	converted := func(args ...string) []byte { return openssl(t, pkcs8, args...) }

	// Nothing is wrong with it.
	add("good", "PS256", "", pkcs8)
	add("good-ec", "ES256", "", key("ec-p256.pem"))

	// Cut off or changed on the way.
	add("cut-off", "PS256", "", []byte(text[:len(text)/2]))
	add("no-end-line", "PS256", "", []byte(strings.Join(lines[:len(lines)-1], "\n")))
	add("lines-missing", "PS256", "", []byte(strings.Join(append(lines[:10:10], lines[20:]...), "\n")))
	add("first-lines-missing", "PS256", "", []byte(strings.Join(append(lines[:1:1], lines[4:]...), "\n")))
	add("character-changed", "PS256", "", []byte(strings.Replace(text, "M", "!", 1)))
	add("bytes-changed", "PS256", "", label("PRIVATE KEY", flipped))
	add("line-breaks-removed", "PS256", "", []byte(strings.ReplaceAll(text, "\n", "")))
	add("line-breaks-to-spaces", "PS256", "", []byte(strings.ReplaceAll(text, "\n", " ")))
	add("escaped-line-breaks", "PS256", "", []byte(strings.ReplaceAll(text, "\n", `\n`)))
	add("byte-order-mark", "PS256", "", []byte("\ufeff"+text))
	add("windows-line-ends", "PS256", "", []byte(strings.ReplaceAll(text, "\n", "\r\n")))
	add("utf-16", "PS256", "", []byte(utf16LE(text)))
	add("base64-only", "PS256", "", []byte(body))
	add("base64-of-the-file", "PS256", "", []byte(base64Of(pkcs8)))
	add("empty", "PS256", "", nil)
	inputs = append(inputs, keyInput{Name: "undefined", Alg: "PS256"})

	// Another file.
	add("path", "PS256", "", []byte("/etc/netsuite/key.pem"))
	add("json", "PS256", "", []byte(`{"private_key_id": "1", "client_email": "a@app.example"}`))
	add("html", "PS256", "", []byte("<!DOCTYPE html><html><head><title>Sign in</title></head></html>"))
	add("client-secret", "PS256", "", []byte(strings.Repeat("0f", 32)))
	add("public-key", "PS256", "", converted("pkey", "-pubout"))
	add("public-key-pkcs1", "PS256", "", key("rsa-3072-pkcs1-public.pem"))
	add("public-key-es256", "ES256", "", key("ec-p256-public.pem"))
	add("certificate", "PS256", "", key("rsa-3072-cert.pem"))
	add("certificate-es256", "ES256", "", key("ec-p256-cert.pem"))
	add("certificate-request", "PS256", "", key("ec-p256-request.pem"))
	add("der", "PS256", "", der)
	add("pkcs12", "PS256", "", key("ec-p256.p12"))
	add("openssh", "PS256", "", sshKey(t))
	add("putty", "PS256", "", []byte("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 9\nAAAAB3NzaC1yc2EAAAADAQABAAABgQC5\n"))

	// The label.
	add("pkcs8-labelled-pkcs1", "PS256", "", label("RSA PRIVATE KEY", der))
	add("pkcs1-labelled-pkcs8", "PS256", "", label("PRIVATE KEY", block(t, pkcs1)))
	add("labelled-ec", "PS256", "", label("EC PRIVATE KEY", der))
	add("labelled-certificate", "PS256", "", label("CERTIFICATE", der))
	add("pkcs1", "PS256", "", pkcs1)
	add("sec1", "ES256", "", key("ec-p256-sec1.pem"))
	add("ec-parameters-first", "ES256", "", key("ec-p256-params-sec1.pem"))

	// Encrypted.
	encrypted := converted("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:throwaway")
	old := converted("rsa", "-traditional", "-aes256", "-passout", "pass:throwaway")
	add("encrypted", "PS256", "", encrypted)
	add("encrypted-old-form", "PS256", "", old)
	add("wrong-passphrase", "PS256", "wrong", encrypted)
	add("wrong-passphrase-old-form", "PS256", "wrong", old)
	add("encrypted-ec", "ES256", "", key("ec-p256-encrypted-pkcs8.pem"))
	add("wrong-passphrase-ec", "ES256", "wrong", key("ec-p256-encrypted-pkcs8.pem"))

	// Another type of key.
	add("ec-for-ps256", "PS256", "", key("ec-p256.pem"))
	add("ec-sec1-for-ps256", "PS256", "", key("ec-p256-sec1.pem"))
	add("rsa-for-es256", "ES256", "", pkcs8)
	add("rsa-pkcs1-for-es256", "ES256", "", pkcs1)
	add("p384-for-es256", "ES256", "", key("ec-p384.pem"))
	add("p256-for-es512", "ES512", "", key("ec-p256.pem"))
	add("secp256k1", "ES256", "", key("ec-secp256k1.pem"))
	add("p224", "ES256", "", key("ec-p224.pem"))
	add("explicit-parameters", "ES256", "", key("ec-p256-explicit.pem"))
	add("rsa-pss", "PS256", "", key("rsa-pss-3072.pem"))
	add("rsa-pss-sha512", "PS256", "", key("rsa-pss-3072-sha512.pem"))
	add("rsa-512", "PS256", "", make("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512"))
	add("rsa-1024", "PS256", "", make("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"))
	add("dsa", "PS256", "", key("dsa.pem"))
	add("ed25519", "PS256", "", key("ed25519.pem"))
	add("ed25519-for-es256", "ES256", "", key("ed25519.pem"))
	add("x25519", "ES256", "", key("x25519.pem"))
	return inputs
}

func block(t *testing.T, data []byte) []byte {
	t.Helper()
	b, _ := pem.Decode(data)
	if b == nil {
		t.Fatal("not PEM")
	}
	return b.Bytes
}

// passphraseBy are the libraries that the programs of this test give a passphrase.
var passphraseBy = []string{"node:crypto", "jsonwebtoken", "node-forge", "jsrsasign", "PyJWT", "jwcrypto", "cryptography", "ruby-jwt", "json-jwt",
	"phpseclib", "php", "openssl"}

// fault is the input that a text is about, or "" if it is about something else.
func (s saidOfKey) fault(in keyInput) string {
	name, _, _ := strings.Cut(s.Library, ",")
	name, _, _ = strings.Cut(name, " ")
	switch {
	case in.Passphrase != "" && !slices.Contains(passphraseBy, name),
		name == "node-forge" && strings.HasPrefix(in.Alg, "ES") && in.Name != "good-ec", // it has no EC
		strings.Contains(s.Text, "does not match public key"):                           // of the pair that crypto/tls is given
		return ""
	case strings.HasSuffix(s.Library, " PS256"):
		return "no-ps256"
	case strings.Contains(s.Library, ", key as "):
		return "key-as-text"
	}
	return s.Input
}

// What differs from run to run.
var (
	opensslThread = regexp.MustCompile(`(?m)^[0-9A-F]{8,16}:`)
	address       = regexp.MustCompile(`0x[0-9a-f]{8,}`)
	keyFile       = regexp.MustCompile(`/\S*?\.pem`)
	salt          = regexp.MustCompile(`\{"salt".*`)
)

// lasting is a text without what differs from run to run.
func lasting(text string) string {
	text = opensslThread.ReplaceAllString(text, "40000000000000:")
	text = address.ReplaceAllString(text, "0x7f0000000000")
	return salt.ReplaceAllString(keyFile.ReplaceAllString(text, "key.pem"), "")
}

// keyTexts is internal/explain/testdata/key-texts.json.
type keyTexts struct {
	Versions map[string]string `json:"versions"`
	Texts    []*keyTextRow     `json:"texts"`
}

// keyTextRow is what a library says of one or more inputs.
type keyTextRow struct {
	Library string   `json:"library"`
	Text    string   `json:"text"`
	Inputs  []string `json:"inputs"`
	said    explanation
}

type explanation struct{ Name, Title, Meaning string }

// rowsOf groups texts, without those of libraries that signed.
func rowsOf(inputs []keyInput, texts []saidOfKey) keyTexts {
	list := keyTexts{Versions: map[string]string{}}
	for _, s := range texts {
		in := inputs[slices.IndexFunc(inputs, func(in keyInput) bool { return in.Name == s.Input })]
		fault, text := s.fault(in), lasting(s.Text)
		if list.Versions[s.Library] = s.Version; text == "" || fault == "" {
			continue
		}
		i := slices.IndexFunc(list.Texts, func(r *keyTextRow) bool { return r.Library == s.Library && r.Text == text })
		if i < 0 {
			i = len(list.Texts)
			list.Texts = append(list.Texts, &keyTextRow{Library: s.Library, Text: text})
		}
		list.Texts[i].Inputs = append(list.Texts[i].Inputs, fault)
	}
	return list
}

// TestKeyTexts: signing libraries are given damaged and wrong keys, and explain has to
// name what was wrong.
func TestKeyTexts(t *testing.T) {
	nightly(t, "hundreds of keys for each library")
	inputs := keyInputs(t)
	var ofNode, ofPython []saidOfKey
	script(t, inputs, &ofNode, node(t, "keytexts.mjs")...)
	script(t, inputs, &ofPython, python(t, "keytexts.py")...)
	judgeKeyTexts(t, inputs, slices.Concat(ofNode, ofPython, goTexts(t, inputs), opensslTexts(t, inputs)))
}

// TestKeyTextsOfMoreLibraries: the same of Ruby, PHP and Java.
func TestKeyTextsOfMoreLibraries(t *testing.T) {
	nightly(t, "Ruby, PHP and Java are slow, and some of their libraries large")
	inputs := keyInputs(t)
	var ofRuby, ofPHP []saidOfKey
	script(t, inputs, &ofRuby, "ruby", "clients/keytexts.rb")
	script(t, inputs, &ofPHP, "php", "clients/keytexts.php")
	judgeKeyTexts(t, inputs, slices.Concat(ofRuby, ofPHP, javaTexts(t, inputs)))
}

// judgeKeyTexts asks explain about the texts and prints the table. At least 95% must be
// named by their word; an explanation without it is false.
func judgeKeyTexts(t *testing.T, inputs []keyInput, texts []saidOfKey) {
	t.Helper()
	list := rowsOf(inputs, texts)
	explainRows(t, list.Texts)
	var words map[string]struct{ Say []string }
	if err := json.Unmarshal(read(t, "../explain/testdata/key-words.json"), &words); err != nil {
		t.Fatal(err)
	}
	all, named := 0, 0
	for _, r := range list.Texts {
		fmt.Printf("%s %s | %s | %.160q | %s: %s\n", r.Library, list.Versions[r.Library], strings.Join(r.Inputs, ", "), r.Text, r.said.Name, r.said.Title)
		for _, input := range r.Inputs {
			all++
			say, text := words[input].Say, strings.ToLower(r.said.Title+" "+r.said.Meaning)
			switch {
			case len(say) == 0:
				t.Errorf("no word for %s", input)
			case slices.ContainsFunc(say, func(w string) bool { return strings.Contains(text, strings.ToLower(w)) }):
				named++
			case r.said.Name != "":
				t.Errorf("%s, %s: %s does not say %q\n%s", r.Library, input, r.said.Name, say, r.Text)
			}
		}
	}
	fmt.Printf("%d texts of %d libraries for %d keys: %d of %d named, %.1f%%\n", len(list.Texts), len(list.Versions), len(inputs), named, all, float64(named)*100/float64(all))
	if all < 300 || named*100 < all*95 {
		t.Errorf("only %d of %d are named", named, all)
	}
	if *update {
		saveKeyTexts(t, list)
	}
}

// explainRows asks the program about each text.
func explainRows(t *testing.T, rows []*keyTextRow) {
	t.Helper()
	env, program := bareEnv(t), binary(t)
	for _, r := range rows {
		var doc struct{ Explanations []explanation }
		out := run(t, []byte(r.Text), env, program, "explain", "-o", "json", "-")
		if err := json.Unmarshal(out.stdout, &doc); err != nil {
			t.Errorf("%v\n%v", err, out)
		}
		if len(doc.Explanations) > 0 {
			r.said = doc.Explanations[0]
		}
	}
}

// saveKeyTexts puts the rows in the place of those of the same libraries.
func saveKeyTexts(t *testing.T, list keyTexts) {
	t.Helper()
	const file = "../explain/testdata/key-texts.json"
	var old keyTexts
	if err := json.Unmarshal(read(t, file), &old); err != nil {
		t.Fatal(err)
	}
	for library, version := range list.Versions {
		old.Versions[library] = version
	}
	old.Texts = append(slices.DeleteFunc(old.Texts, func(r *keyTextRow) bool { return list.Versions[r.Library] != "" }), list.Texts...)
	slices.SortStableFunc(old.Texts, func(a, b *keyTextRow) int { return strings.Compare(a.Library, b.Library) })
	var data bytes.Buffer
	e := json.NewEncoder(&data)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(old); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

func utf16LE(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}
