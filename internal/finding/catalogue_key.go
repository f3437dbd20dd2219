package finding

// keyEntries: faults of the private key file.
func keyEntries() []Entry {
	sizes := "Oracle documents RSA with exactly 3072 or 4096 bits, and EC with 256, 384 or 521 bits. The assertion is still signed and sent, because NetSuite's answer is evidence."
	return []Entry{
		{
			Code: "key.unreadable", Severity: Error, Refused: true,
			Title:   "Key file cannot be read",
			Message: "the private key file[ {path}] cannot be read",
			Meaning: "Without the private key no assertion can be signed.",
			Remedy: Remedy{
				Summary:  "Give the path of a private key that this user can read.",
				Commands: [][]string{{"ls", "-l", "{path}"}},
			},
			Confirm:  "nsauth profile show tells where the path comes from",
			Variants: unreadable("private key", "--key"),
			Basis:    Official, Source: help(pageTokenRequest) + ": the assertion is signed with the private key",
		},
		{
			Code: "key.not-a-private-key", Severity: Error, Refused: true,
			Title:   "Not a private key",
			Message: "the file[ {path}] holds no private key",
			Meaning: "The assertion is signed with the private key. It never goes to NetSuite; only its certificate does.",
			Remedy: Remedy{
				Summary: "Give the private key: a PEM file that begins with BEGIN PRIVATE KEY, BEGIN RSA PRIVATE KEY or BEGIN EC PRIVATE KEY.",
			},
			Confirm: "the first line of the file says what it holds",
			Variants: map[string]Variant{
				"certificate": {Message: "the key file[ {path}] holds a certificate, not a private key", Remedy: &Remedy{
					Summary: "Give this file with --cert, and the private key that it was made from with --key.",
				}},
				"certificate-request": {Message: "the key file[ {path}] holds a certificate request, not a private key", Remedy: &Remedy{
					Summary: "Give the private key that the request was made from.",
				}},
				"public-key": {Message: "the key file[ {path}] holds a public key, not a private key", Remedy: &Remedy{
					Summary: "Give the private key that belongs to it.",
				}},
				"certificate-revocation-list": {Message: "the key file[ {path}] holds a certificate revocation list, not a private key"},
				"pkcs7":                       {Message: "the key file[ {path}] is a PKCS#7 file (.p7b), which holds certificates and no private key"},
				"html":                        {Message: "the key file[ {path}] is a web page, not a private key"},
				"parameters": {Message: "the key file[ {path}] holds only parameters, not a private key", Remedy: &Remedy{
					Summary: "Give the private key. A parameter file has none.",
				}},
				"openssh-public-key": {Message: "the key file[ {path}] holds an SSH public key, not a private key", Remedy: &Remedy{
					Summary: "Give the private key whose certificate was uploaded to NetSuite.",
				}},
			},
			Basis: Official, Source: help(pageTokenRequest, pageCertificates),
		},
		{
			Code: "key.unparsable", Severity: Error, Refused: true,
			Title:   "Key file is damaged",
			Message: "the private key file[ {path}] cannot be parsed",
			Meaning: "The file does not hold a complete private key in a form that nsauth knows: PKCS#8, PKCS#1 or SEC1 in PEM.",
			Remedy: Remedy{
				Summary:  "Fetch the key again from where it was made, or make a new pair.",
				Commands: [][]string{{"openssl", "pkey", "-in", "{path|key.pem}", "-noout", "-check"}},
			},
			Confirm: "openssl pkey -noout -check reads the file, or says why not",
			Variants: merged(damaged("private key"), map[string]Variant{
				"inconsistent":  {Message: "the numbers of the private key[ in {path}] do not belong together"},
				"missing-curve": {Message: "the EC private key[ in {path}] does not say on which curve it is"},
				"too-long":      {Message: "the private key[ in {path}] is longer than any that NetSuite takes"},
			}),
			Basis: Official, Source: help(pageCertificates),
		},
		{
			Code: "key.encrypted", Severity: Error, Refused: true,
			Title:   "Key is encrypted",
			Message: "the private key[ in {path}] is encrypted with a passphrase",
			Meaning: "The passphrase protects the file only; NetSuite never sees either. Without it nothing can be signed.",
			Remedy: Remedy{
				Summary:  "Make a decrypted copy that only this user can read.",
				Steps:    []string{"openssl asks for the passphrase."},
				Commands: [][]string{{"openssl", "pkey", "-in", "{path|key.pem}", "-out", "key-plain.pem"}, {"chmod", "600", "key-plain.pem"}},
			},
			Variants: map[string]Variant{
				"rfc1423": {Message: "the private key[ in {path}] is encrypted with a passphrase, in OpenSSL's old form (Proc-Type)"},
			},
			Confirm: "the file contains ENCRYPTED in its first lines",
			Basis:   Official, Source: help(pageTokenRequest) + ": the assertion is signed with the private key",
		},
		{
			Code: "key.passphrase-wrong", Severity: Error, Refused: true,
			Title:   "Passphrase does not fit",
			Message: "the passphrase does not open the private key[ in {path}]",
			Meaning: "Without the right passphrase nothing can be signed.",
			Remedy: Remedy{
				Summary:  "Give the passphrase of this key. A line break at the end of a passphrase file does not count.",
				Commands: [][]string{{"openssl", "pkey", "-in", "{path|key.pem}", "-noout"}},
			},
			Confirm: "openssl pkey -noout asks for the passphrase and says whether it fits",
			Basis:   Official, Source: help(pageTokenRequest) + ": the assertion is signed with the private key",
		},
		{
			Code: "key.type-unsupported", Severity: Error, Refused: true,
			Title:        "Key type that NetSuite does not take",
			Message:      "the key[ {path}] is {type|of another type}; NetSuite takes RSA and EC keys",
			Meaning:      sizes,
			Remedy:       newCertificate("Make an RSA 4096 or an EC key, upload its certificate, and use it."),
			Confirm:      "nsauth keycheck shows the type of the key",
			AuditDetails: []string{"UnsupportedAlgo"},
			Basis:        Official, Source: help(pageCertificates),
		},
		{
			Code: "key.rsa-too-small", Severity: Error, Refused: true,
			Title:   "RSA key too small",
			Message: "the key[ {path}] is RSA[ {bits}], smaller than NetSuite takes: 3072 or 4096 bits",
			Meaning: sizes + " Oracle's own list overrules guides that still say 2048; one report quotes the refusal at upload: \"Provided x509 certificate has an invalid bit length\".",
			Remedy:  newCertificate("Make an RSA 4096 key (or EC), upload its certificate, and use it."),
			Confirm: "nsauth keycheck shows the size of the key",
			Basis:   Official, Source: help(pageCertificates),
		},
		{
			Code: "key.rsa-size-unsupported", Severity: Error, Refused: true,
			Title:   "RSA size that NetSuite does not take",
			Message: "the key[ {path}] is RSA[ {bits}]; NetSuite takes exactly 3072 or 4096 bits",
			Meaning: sizes,
			Remedy:  newCertificate("Make an RSA 4096 or 3072 key (or EC), upload its certificate, and use it."),
			Confirm: "nsauth keycheck shows the size of the key",
			Basis:   Official, Source: help(pageCertificates),
		},
		{
			Code: "key.curve-unsupported", Severity: Error, Refused: true,
			Title:   "Curve that NetSuite does not take",
			Message: "the key[ {path}] is EC on {curve|another curve}; NetSuite takes P-256, P-384 and P-521",
			Meaning: sizes,
			Remedy:  newCertificate("Make a P-256, P-384 or P-521 key (or RSA 4096), upload its certificate, and use it."),
			Confirm: "nsauth keycheck shows the curve of the key",
			Basis:   Official, Source: help(pageCertificates, pageCurves),
		},
		{
			Code: "key.explicit-parameters", Severity: Error, Refused: true,
			Title:   "Curve written out instead of named",
			Message: "the EC key[ {path}] carries its curve as explicit parameters instead of a name",
			Meaning: "Oracle's own recipes use the named form (ec_param_enc:named_curve). Go and many other libraries refuse the other one.",
			Remedy: Remedy{
				Summary:  "Rewrite the key with the curve's name. A certificate made from the old form has to be made and uploaded again.",
				Commands: [][]string{{"openssl", "ec", "-in", "{path|key.pem}", "-param_enc", "named_curve", "-out", "key-named.pem"}},
				Docs:     oracle(pageCertificates),
			},
			Confirm: "openssl pkey -noout -text_pub names the curve (ASN1 OID), or lists its numbers",
			Basis:   Official, Source: help(pageCertificates) + " (ec_param_enc:named_curve)",
		},
		{
			Code: "key.exponent-unusual", Severity: Warning,
			Title:   "Unusual RSA exponent",
			Message: "the RSA key[ {path}] has the public exponent {exponent|other than 65537}, where nearly every key has 65537",
			Meaning: "Nearly every RSA key uses 65537. Whether NetSuite takes another one is not known.",
			Remedy:  newCertificate("If the token is refused, make a new key with the usual exponent."),
			Confirm: "a new key with exponent 65537 works where this one does not",
			Basis:   Inferred, Source: "not documented; common practice (RFC 8017)",
		},
		{
			Code: "key.multiple-keys", Severity: Warning,
			Title:   "More than one key in the file",
			Message: "the file[ {path}] holds more than one private key; the first one was used",
			Meaning: "Another program may take another one of them.",
			Remedy:  Remedy{Summary: "Keep one private key in the file: the one whose certificate was uploaded.", Commands: [][]string{keycheck()}},
			Confirm: "nsauth keycheck with the certificate tells whether the first key is the right one",
			Basis:   Inferred, Source: "nsauth's own rule",
		},
		{
			Code: "key.repaired", Severity: Warning,
			Title:   "Key file damaged and repaired",
			Message: "the private key file[ {path}] was damaged[ ({repairs})] and repaired in memory",
			Meaning: "nsauth could use it; another program that reads the same file may not.",
			Remedy:  Remedy{Summary: "Store the key again as an ordinary PEM file.", Commands: [][]string{{"openssl", "pkey", "-in", "{path|key.pem}", "-noout", "-check"}}},
			Confirm: "openssl pkey -noout -check reads the file, or says why not",
			Basis:   Inferred, Source: "nsauth's own rule",
		},
		{
			Code: "key.readable-by-others", Severity: Warning,
			Title:   "Key readable by others",
			Message: "other users of this machine may read the private key[ {path}][ (mode {mode})]",
			Meaning: "Whoever reads it can get tokens in your integration's name. NetSuite does not notice. Where the variable CI is set this is information: in a CI job there are mostly no other users.",
			Remedy:  Remedy{Summary: "Let only its owner read it.", Commands: [][]string{{"chmod", "600", "{path|key.pem}"}}},
			Variants: map[string]Variant{
				"link": {Message: "other users of this machine may read the private key[ {path}]: the file behind the link[, {target}, has mode {mode}]",
					Remedy: &Remedy{Summary: "Let only its owner read the file behind the link.", Commands: [][]string{{"chmod", "600", "{target|key.pem}"}}}},
				"acl": {Message: "besides you and administrators, {readers|others} may read the private key[ {path}]",
					Remedy: &Remedy{
						Summary: "Let only its owner read it.",
						Steps:   []string{"The first command takes the inherited permissions away, the second gives them back to the owner alone (S-1-3-4)."},
						Commands: [][]string{{"icacls", "{path|key.pem}", "/inheritance:r"},
							{"icacls", "{path|key.pem}", "/grant:r", "*S-1-3-4:F"}},
					}},
			},
			Confirm: "ls -l (on Windows: icacls) shows who may read the file",
			Basis:   Inferred, Source: "common practice",
		},
		{
			Code: "key.in-git-work-tree", Severity: Warning,
			Title:   "Key inside a git work tree",
			Message: "the private key[ {path}] lies in a git work tree[, {work_tree},] and is not ignored",
			Meaning: "The next commit of everything would publish it.",
			Remedy: Remedy{
				Summary: "Move the key out of the repository, or have git ignore it. If it was ever committed, revoke its certificate and make a new pair.",
				UIPath:  new(menuMapping), UIURL: new(urlMapping),
			},
			Variants: map[string]Variant{
				"tracked": {
					Message: "the private key[ {path}] is part of the git repository[ in {work_tree}]",
					Meaning: "Whoever can read the repository has the key, also from its history after the file is gone.",
					Remedy: &Remedy{
						Summary:  "Take the key for lost: make a new pair, map it, and revoke the old certificate.",
						Steps:    []string{"Then take the file out of the repository. Its history still has it."},
						Commands: [][]string{newPair(), {"git", "rm", "--cached", "--", "{path|key.pem}"}},
						UIPath:   new(menuMapping), UIURL: new(urlMapping),
					}},
				"no-git": {
					Severity: Info,
					Message:  "the private key[ {path}] lies in a git work tree[, {work_tree}]; whether git ignores it is unknown, since there is no git to ask",
					Remedy:   &Remedy{Summary: "Move the key out of the repository, or see on a machine with git that it is ignored.", Commands: checkIgnore()},
				},
				"git-refused": {
					Severity: Info,
					Message:  "the private key[ {path}] lies in a git work tree[, {work_tree}]; whether git ignores it is unknown, since git would not say",
					Meaning:  "Git answers nothing about a repository that belongs to another user, or that it cannot read.",
					Remedy:   &Remedy{Summary: "Move the key out of the repository, or ask git yourself: no answer means that the key is not ignored.", Commands: checkIgnore()},
				},
			},
			Confirm: "git check-ignore -v names the rule that ignores a file; git log --all -- FILE shows whether it was ever committed",
			Basis:   Inferred, Source: "common practice",
		},
	}
}

func checkIgnore() [][]string {
	return [][]string{{"git", "check-ignore", "-v", "--", "{path|key.pem}"}}
}
