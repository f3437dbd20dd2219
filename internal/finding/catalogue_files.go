package finding

// unreadable and damaged are the reasons that a key file and a certificate file
// share. what names the content, such as "private key".

func unreadable(what, flag string) map[string]Variant {
	file := "the " + what + " file[ {path}]"
	return map[string]Variant{
		"missing": {Message: "there is no " + what + " file[ at {path}]", Remedy: &Remedy{
			Summary:  "Correct the path. A path in a profile is relative to the profile's file.",
			Commands: [][]string{{"nsauth", "profile", "show"}},
		}},
		"permission": {Message: "this user may not read " + file, Remedy: &Remedy{
			Summary:  "Let the user that runs nsauth read the file.",
			Commands: [][]string{{"ls", "-l", "{path}"}, {"id"}},
		}},
		"is-directory":       {Message: "{path|the path} is a folder; a " + what + " file is needed", Remedy: &Remedy{Summary: "Name the file inside the folder."}},
		"not-a-regular-file": {Message: "the " + what + "[ at {path}] is not a regular file", Remedy: &Remedy{Summary: "Give the path of an ordinary file."}},
		"too-large":          {Message: file + " is larger than 1 MiB, and no " + what + " is", Remedy: &Remedy{Summary: "Give the path of the " + what + " file: a few kilobytes."}},
		"content-not-path": {Message: "the " + what + " itself was given where the path of its file belongs", Remedy: &Remedy{
			Summary: "Put it into a file, and give the file's path with " + flag + ".",
			Steps:   []string{"What stands on a command line can be read by every user of the machine."},
		}},
	}
}

func damaged(what string) map[string]Variant {
	file := "the " + what + " file[ {path}]"
	in := "the PEM block in {path|the " + what + " file} "
	again := &Remedy{
		Summary: "Copy the file again as it is, without an editor, a spreadsheet or a chat in between.",
		Steps:   []string{"A PEM file has a BEGIN line, lines of base64, and an END line, each at the start of a line of its own."},
	}
	return map[string]Variant{
		"empty":             {Message: file + " is empty"},
		"no-pem":            {Message: file + " holds no PEM block (-----BEGIN ... -----)"},
		"bad-base64":        {Message: in + "is damaged: its text is not base64", Remedy: again},
		"bad-der":           {Message: file + " is damaged: it holds no complete " + what},
		"truncated":         {Message: file + " is cut off", Remedy: again},
		"trailing-data":     {Message: file + " has something behind the " + what},
		"byte-order-mark":   {Message: file + " begins with a byte order mark, as some editors write it", Remedy: &Remedy{Summary: "Save the file as plain ASCII, or as UTF-8 without a byte order mark."}},
		"utf-16":            {Message: file + " is UTF-16 text, as some Windows programs write it", Remedy: &Remedy{Summary: "Save the file as plain ASCII or UTF-8; in PowerShell with Set-Content -Encoding ascii."}},
		"literal-newlines":  {Message: file + ` has \n written out where lines should end`, Remedy: &Remedy{Summary: `Replace each \n by a real line break.`}},
		"one-line":          {Message: in + "stands on one line", Remedy: again},
		"text-before-begin": {Message: file + " has other text on its BEGIN line", Remedy: again},
		"indented":          {Message: in + "is indented", Remedy: again},
		"end-line-differs":  {Message: in + "ends with another label than it begins with", Remedy: again},
		"damaged-header":    {Message: file + " has a damaged BEGIN or END line", Remedy: again},
		"bare-base64":       {Message: file + " lacks its BEGIN and END lines", Remedy: again},
		"wrong-label":       {Message: in + "says {label|one thing} and holds another[; its label should be {expected_label}]", Remedy: &Remedy{Summary: "Correct the label in the BEGIN and END lines[: {expected_label}], or export the file again."}},
		"html":              {Message: file + " is a web page", Remedy: &Remedy{Summary: "Download the file itself. A log-in page may have been saved in its place."}},
		"json":              {Message: file + " is a JSON document", Remedy: &Remedy{Summary: "Give a PEM file. If the JSON holds one as a string, write that into a file with real line breaks."}},
		"pgp":               {Message: file + " is a PGP file", Remedy: &Remedy{Summary: "Give the PEM file whose certificate was uploaded to NetSuite."}},
		"java-keystore":     {Message: file + " is a Java key store", Remedy: exportKeystore()},
		"pkcs12":            {Message: file + " is a PKCS#12 file (.p12, .pfx)", Remedy: exportPKCS12()},
		"pkcs7":             {Message: file + " is a PKCS#7 file (.p7b), which can hold certificates only", Remedy: &Remedy{Summary: "Take the certificate out of it.", Commands: [][]string{{"openssl", "pkcs7", "-in", "{path}", "-print_certs", "-out", "cert.pem"}}}},
		"jwk":               {Message: file + " is a JSON Web Key", Remedy: &Remedy{Summary: "Convert it to PEM, or use the PEM file that it was made from."}},
		"openssh": {Message: file + " is in OpenSSH's own format", Remedy: &Remedy{
			Summary:  "Convert a copy of it to PEM. ssh-keygen changes the file that it is given.",
			Commands: [][]string{{"cp", "{path}", "key-copy.pem"}, {"ssh-keygen", "-p", "-m", "PKCS8", "-f", "key-copy.pem"}},
		}},
		"putty": {Message: file + " is a PuTTY key", Remedy: &Remedy{
			Summary:  "Export it to PEM.",
			Commands: [][]string{{"puttygen", "{path}", "-O", "private-openssh", "-o", "key.pem"}},
		}},
	}
}

func exportPKCS12() *Remedy {
	return &Remedy{
		Summary: "Take key and certificate out of it. openssl asks for its passphrase.",
		Steps:   []string{"Files made by old programs also need -legacy."},
		Commands: [][]string{
			{"openssl", "pkcs12", "-in", "{path}", "-nocerts", "-noenc", "-out", "key.pem"},
			{"openssl", "pkcs12", "-in", "{path}", "-clcerts", "-nokeys", "-out", "cert.pem"},
		},
	}
}

func exportKeystore() *Remedy {
	return &Remedy{
		Summary: "Convert it to PKCS#12, then take key and certificate out.",
		Commands: [][]string{
			{"keytool", "-importkeystore", "-srckeystore", "{path}", "-destkeystore", "key.p12", "-deststoretype", "PKCS12"},
			{"openssl", "pkcs12", "-in", "key.p12", "-nocerts", "-noenc", "-out", "key.pem"},
			{"openssl", "pkcs12", "-in", "key.p12", "-clcerts", "-nokeys", "-out", "cert.pem"},
		},
	}
}

// merged returns base with more added. More wins.
func merged(base, more map[string]Variant) map[string]Variant {
	for reason, v := range more {
		base[reason] = v
	}
	return base
}
