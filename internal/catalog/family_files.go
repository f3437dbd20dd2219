package catalog

import "github.com/nsauth/nsauth/internal/finding"

// unreadable and damaged are the reasons that a key file and a certificate file
// share. what names the content, such as "private key".

func unreadable(what, flag string) map[string]Variant {
	file := "the " + what + " file[ {path}][ ({source})]"
	return map[string]Variant{
		"missing": {Title: "No such file", Message: "there is no " + what + " file[ at {path}][ ({source})]", Confirm: "ls shows what is in that folder", Remedy: &finding.Remedy{
			Summary: "Correct the path.",
			Steps:   []string{"A relative path in a profile begins where the profile's file is: nsauth profile show tells what came of it, and which value counts."},
		}},
		"permission": {Title: "No permission to read the file", Confirm: "ls -l shows who may read the file, and id who you are", Message: "this user may not read " + file, Remedy: &finding.Remedy{
			Summary:  "Let the user that runs nsauth read the file.",
			Commands: [][]string{{"ls", "-l", "{path}"}, {"id"}},
		}},
		"is-directory":       {Title: "Folder instead of a file", Message: "{path|the path} is a folder; a " + what + " file is needed", Remedy: &finding.Remedy{Summary: "Name the file inside the folder."}},
		"not-a-regular-file": {Title: "Not an ordinary file", Confirm: "ls -l shows what it is", Message: "the " + what + "[ at {path}][ ({source})] is not a regular file", Remedy: &finding.Remedy{Summary: "Give the path of an ordinary file."}},
		"io":                 {Message: file + " cannot be read: the system reports a fault"},
		"variable-unset": {Title: "Variable not set or empty", Message: "the variable that should hold the " + what + "[ ({source})] is not set, or empty", Confirm: "printenv with its name prints nothing", Remedy: &finding.Remedy{
			Summary: "Set the variable for the process that runs nsauth.",
			Steps:   []string{"In a CI job a secret is only there if the job names it, and never in jobs from a fork."},
		}},
		"path-in-variable": {Title: "Variable holds a path to no file", Message: "the variable that should hold the " + what + "[ ({source})] holds the path of a file, and there is none", Confirm: "ls -l with that path finds nothing", Remedy: &finding.Remedy{
			Summary: "Correct the path in the variable, or put the content of the file there.",
			Steps:   []string{"A path that is relative begins in the folder in which nsauth runs, and ~ means nothing in a variable.", "In a container or a CI job the file has to be there too."},
		}},
		"descriptor":        {Title: "Descriptor cannot be read", Message: "no " + what + " can be read from {source|that descriptor}", Confirm: "the command line that starts nsauth opens it", Remedy: &finding.Remedy{Summary: "Leave the descriptor open for nsauth, as in: nsauth keycheck fd:3 3<key.pem. Windows has none: use a file or - there."}},
		"no-standard-input": {Title: "Standard input cannot be read", Message: "the " + what + " cannot be read from standard input", Remedy: &finding.Remedy{Summary: "Pipe it into nsauth, or give a file."}},
		"command-failed": {Title: "Key command failed", Confirm: "run by itself, the command says why on its error stream", Message: "the command that should print the " + what + " failed", Remedy: &finding.Remedy{
			Summary: "Run the command by itself. It has to print the " + what + " and nothing else on standard output.",
		}},
		"too-large": {Title: "File too large", Confirm: "ls -l shows the size of the file", Message: file + " is larger than 1 MiB, and no " + what + " is", Remedy: &finding.Remedy{Summary: "Give the path of the " + what + " file: a few kilobytes."}},
		"content-not-path": {Title: "Content instead of a path", Message: "the " + what + " itself was given where the path of its file belongs", Remedy: &finding.Remedy{
			Summary: "Put it into a file, and give the file's path with " + flag + ".",
			Steps:   []string{"What stands on a command line can be read by every user of the machine."},
		}},
	}
}

func damaged(what string) map[string]Variant {
	file := "the " + what + " file[ {path}][ ({source})]"
	in := "the PEM block in {path|the " + what + " file} "
	again := &finding.Remedy{
		Summary: "Copy the file again as it is, without an editor, a spreadsheet or a chat in between.",
		Steps:   []string{"A PEM file has a BEGIN line, lines of base64, and an END line, each at the start of a line of its own."},
	}
	firstLine := "the first line of the file says what it holds"
	return map[string]Variant{
		"empty":            {Title: "Empty file", Message: file + " is empty", Confirm: "ls -l shows the size of the file"},
		"no-pem":           {Title: "No PEM block in the file", Message: file + " holds no PEM block (-----BEGIN ... -----)"},
		"bad-base64":       {Title: "Damaged PEM block", Message: in + "is damaged[ in line {line}]: its text is not base64", Remedy: again},
		"bad-der":          {Title: "Damaged file", Message: file + " is damaged[ before line {line}]: it holds no complete " + what},
		"truncated":        {Title: "Incomplete file", Message: file + " is incomplete: text is missing[ in or after line {line}]", Remedy: again},
		"trailing-data":    {Title: "Damaged file", Message: file + " has something behind the " + what},
		"end-line-differs": {Title: "END line that does not fit", Message: in + "ends with another label than it begins with[, in line {line}]", Remedy: again, Confirm: firstLine + ", and its END line should say the same"},
		"damaged-header":   {Title: "Damaged BEGIN or END line", Message: file + " has a damaged BEGIN or END line[: line {line}]", Remedy: again, Confirm: "the line has five plain hyphens on both sides, and capitals between them"},
		"wrong-label":      {Title: "PEM label that does not fit", Message: in + "says {label|one thing} and holds another[; its label should be {expected_label}]", Remedy: &finding.Remedy{Summary: "Correct the label in the BEGIN and END lines[: {expected_label}], or export the file again."}},
		"json":             {Title: "JSON document", Message: file + " is a JSON document", Remedy: &finding.Remedy{Summary: "Give the key or certificate itself. A PEM file inside a JSON string is found; this document has none."}, Confirm: firstLine},
		"xml":              {Title: "XML document", Message: file + " is an XML document, as .NET writes keys", Remedy: &finding.Remedy{Summary: "Export it as PEM: in .NET with ExportPkcs8PrivateKeyPem and ExportCertificatePem."}, Confirm: firstLine},
		"pgp":              {Title: "PGP file", Message: file + " is a PGP file", Remedy: &finding.Remedy{Summary: "Give the PEM file whose certificate was uploaded to NetSuite."}, Confirm: firstLine},
		"java-keystore":    {Title: "Java key store", Message: file + " is a Java key store", Remedy: exportKeystore(), Confirm: "keytool -list -keystore shows what is in it"},
		"pkcs12":           {Title: "PKCS#12 file", Message: file + " is a PKCS#12 file (.p12, .pfx)", Remedy: exportPKCS12(), Confirm: "openssl pkcs12 -info -noout says what is in it"},
		"pkcs7": {Title: "PKCS#7 file", Message: file + " is a PKCS#7 file (.p7b), which can hold certificates only", Confirm: "openssl pkcs7 -print_certs -noout lists them",
			Remedy: &finding.Remedy{Summary: "Take the certificate out of it.", Steps: []string{"A file that is not text also needs -inform DER."}, Commands: [][]string{{"openssl", "pkcs7", "-in", "{path}", "-print_certs", "-out", "cert.pem"}}}},
		"jwk-damaged":    {Title: "Damaged JSON Web Key", Message: file + " is a JSON Web Key with a member that is missing, twice there or damaged", Remedy: &finding.Remedy{Summary: "Export the key again. All numbers of RFC 7518 have to be there, in base64url without padding."}, Confirm: "the file has each member of RFC 7518 once"},
		"jwk-incomplete": {Title: "JSON Web Key without its primes", Message: file + " is an RSA key in JSON without its prime factors", Remedy: &finding.Remedy{Summary: "Export the key with p, q, dp, dq and qi, as RFC 7518 recommends, or use the PEM file that it was made from."}, Confirm: "the file has the members p, q, dp, dq and qi"},
		"jwe":            {Title: "Encrypted JSON (JWE)", Message: file + " is encrypted JSON (JWE)", Remedy: &finding.Remedy{Summary: "Decrypt it with the tool that made it, and give the JSON Web Key or PEM inside."}, Confirm: "the file has the members protected and ciphertext"},
		"pvk": {Title: "Key in Microsoft's PVK format", Message: file + " is a Microsoft key file (.pvk)", Confirm: "openssl rsa -inform PVK -noout reads the file", Remedy: &finding.Remedy{
			Summary: "Convert it to PEM.", Commands: [][]string{{"openssl", "rsa", "-inform", "PVK", "-in", "{path}", "-out", "key.pem"}},
		}},
		"pkcs12-encrypted":        {Title: "PKCS#12 file is encrypted", Message: file + " is a PKCS#12 file, and there is no passphrase for it", Remedy: givePassphrase(), Confirm: "openssl pkcs12 -noout asks for the passphrase"},
		"pkcs12-passphrase-wrong": {Title: "Passphrase does not fit", Message: "the passphrase does not open the PKCS#12 file[ {path}][ ({source})]", Remedy: givePassphrase(), Confirm: "openssl pkcs12 -noout asks for the passphrase and says whether it fits"},
		"openssh": {Title: "Key in OpenSSH's own format", Message: file + " is in OpenSSH's own format", Confirm: firstLine, Remedy: &finding.Remedy{
			Summary:  "Convert a copy of it to PEM. ssh-keygen changes the file that it is given.",
			Commands: [][]string{{"cp", "{path}", "key-copy.pem"}, {"ssh-keygen", "-p", "-m", "PKCS8", "-f", "key-copy.pem"}},
		}},
		"putty": {Title: "Key in PuTTY's own format", Message: file + " is a PuTTY key", Confirm: firstLine, Remedy: &finding.Remedy{
			Summary:  "Export it to PEM.",
			Commands: [][]string{{"puttygen", "{path}", "-O", "private-openssh", "-o", "key.pem"}},
		}},
	}
}

func exportPKCS12() *finding.Remedy {
	return &finding.Remedy{
		Summary: "Take key and certificate out of it. openssl asks for its passphrase.",
		Steps:   []string{"Files made by old programs also need -legacy."},
		Commands: [][]string{
			{"openssl", "pkcs12", "-in", "{path}", "-nocerts", "-noenc", "-out", "key.pem"},
			{"openssl", "pkcs12", "-in", "{path}", "-clcerts", "-nokeys", "-out", "cert.pem"},
		},
	}
}

func exportKeystore() *finding.Remedy {
	return &finding.Remedy{
		Summary: "Convert it to PKCS#12, then take key and certificate out.",
		Commands: [][]string{
			{"keytool", "-importkeystore", "-srckeystore", "{path}", "-destkeystore", "key.p12", "-deststoretype", "PKCS12"},
			{"openssl", "pkcs12", "-in", "key.p12", "-nocerts", "-noenc", "-out", "key.pem"},
			{"openssl", "pkcs12", "-in", "key.p12", "-clcerts", "-nokeys", "-out", "cert.pem"},
		},
	}
}

// givePassphrase is how a passphrase gets to nsauth: never on the command line,
// which every user of the machine can read.
func givePassphrase() *finding.Remedy {
	return &finding.Remedy{
		Summary: "Put the passphrase into a file that only this user can read, and give the file with --passphrase-file.",
		Steps:   []string{"Or run nsauth in a terminal, where it asks; or set NSAUTH_PASSPHRASE_FILE. A line break at the end of the file does not count."},
	}
}

// repairedVariants say what was put right, by the gravest repair. what names the
// content, such as "private key".
func repairedVariants(what string) map[string]Variant {
	file := "the " + what + " file[ {path}][ ({source})] "
	also := " (put right in memory)[; also: {also}]"
	return map[string]Variant{
		"utf-16":           {Message: file + "is UTF-16 text, as PowerShell writes it" + also, Remedy: &finding.Remedy{Summary: "Store it as plain ASCII: in PowerShell with Set-Content -Encoding ascii."}},
		"base64":           {Message: file + "is base64 of the real file" + also, Remedy: &finding.Remedy{Summary: "For programs that want the file itself, decode it.", Commands: [][]string{{"openssl", "base64", "-d", "-A", "-in", "{path}", "-out", "decoded.pem"}}}},
		"path-in-variable": {Message: "the variable for the " + what + " holds the path of its file[ {path}]" + also, Remedy: &finding.Remedy{Summary: "Give the path itself to nsauth, or the content to the variable."}},
		"literal-newlines": {Message: file + `has \n written out where lines should end` + also, Remedy: &finding.Remedy{Summary: `Replace each \n by a real line break.`}},
		"lost-backslashes": {Message: file + `has n where lines should end: a \n that lost its backslash` + also, Remedy: &finding.Remedy{Summary: "Quote the value where it passes through a shell or an env file, and store it again from the original."}},
		"spaces":           {Message: file + "has blanks where lines should end" + also, Remedy: &finding.Remedy{Summary: "Quote the variable where a shell prints it, and store it again from the original."}},
		"one-line":         {Message: file + "stands on one line" + also},
		"invisible":        {Message: file + "has invisible characters in it, as copied from a web page" + also},
		"indented":         {Message: file + "is indented" + also},
		"quoted":           {Message: file + "has > before its lines, as in an answered mail" + also, Remedy: &finding.Remedy{Summary: "Store it again from the original. What went by mail counts as exposed, if it is a private key."}},
		"byte-order-mark":  {Message: file + "begins with a byte order mark" + also, Remedy: &finding.Remedy{Summary: "Store it as plain ASCII, or as UTF-8 without a byte order mark."}},
		"text-around":      {Message: file + "has other text around it" + also, Remedy: &finding.Remedy{Summary: "Nothing, unless another program cannot read it: most skip such text."}},
		"crlf":             {Message: file + "has Windows line ends" + also, Remedy: &finding.Remedy{Summary: "Nothing, unless another program cannot read it: most take both."}},
		"no-final-newline": {Message: file + "does not end with a line break" + also, Remedy: &finding.Remedy{Summary: "Nothing, unless another program cannot read it: most do not mind."}},
	}
}

// repairWords are the other repairs beside the gravest, in words.
func repairWords() map[string]string {
	return map[string]string{
		"utf-16": "UTF-16", "base64": "base64", "path-in-variable": "a path in the variable", "literal-newlines": `\n written out`,
		"lost-backslashes": "lost backslashes", "spaces": "blanks for line ends", "one-line": "no line ends",
		"invisible": "invisible characters", "indented": "indented lines", "quoted": "quoted lines", "byte-order-mark": "a byte order mark",
		"text-around": "other text around it", "crlf": "Windows line ends", "no-final-newline": "no final line break",
	}
}

// merged returns base with more added. More wins.
func merged(base, more map[string]Variant) map[string]Variant {
	for reason, v := range more {
		base[reason] = v
	}
	return base
}
