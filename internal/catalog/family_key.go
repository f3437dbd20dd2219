package catalog

import "github.com/nsauth/nsauth/internal/finding"

// keyEntries: faults of the private key file.
func keyEntries() []Entry {
	sizes := "Oracle documents RSA with exactly 3072 or 4096 bits, and EC with 256, 384 or 521 bits. The assertion is still signed and sent, because NetSuite's answer is evidence."
	return []Entry{
		{
			Code: "key.unreadable", Severity: finding.Error, Refused: true,
			Title:   "Key file cannot be read",
			Message: "the private key file[ {path}][ ({source})] cannot be read",
			Meaning: "Without the private key no assertion can be signed.",
			Remedy: finding.Remedy{
				Summary:  "Give the path of a private key that this user can read.",
				Commands: [][]string{{"ls", "-l", "{path}"}},
			},
			Confirm:  "nsauth profile show tells where the path comes from",
			Variants: unreadable("private key", "--key"),
			Basis:    finding.Official, Source: help(pageTokenRequest) + ": the assertion is signed with the private key",
		},
		{
			Code: "key.not-a-private-key", Severity: finding.Error, Refused: true,
			Title:   "Not a private key",
			Message: "the file[ {path}][ ({source})] holds no private key",
			Meaning: "The assertion is signed with the private key. It never goes to NetSuite; only its certificate does.",
			Remedy: finding.Remedy{
				Summary: "Give the private key: a PEM file that begins with BEGIN PRIVATE KEY, BEGIN RSA PRIVATE KEY or BEGIN EC PRIVATE KEY.",
			},
			Confirm: "the first line of the file says what it holds",
			Variants: map[string]Variant{
				"certificate": {Message: "the key file[ {path}][ ({source})] holds a certificate, not a private key", Remedy: &finding.Remedy{
					Summary: "Give this file with --cert, and the private key that it was made from with --key.",
				}},
				"certificate-request": {Message: "the key file[ {path}][ ({source})] holds a certificate request, not a private key", Remedy: &finding.Remedy{
					Summary: "Give the private key that the request was made from.",
				}},
				"public-key": {Message: "the key file[ {path}][ ({source})] holds a public key, not a private key", Remedy: &finding.Remedy{
					Summary: "Give the private key that belongs to it.",
				}},
				"certificate-revocation-list": {Message: "the key file[ {path}][ ({source})] holds a certificate revocation list, not a private key"},
				"pkcs7":                       {Message: "the key file[ {path}][ ({source})] is a PKCS#7 file (.p7b), which holds certificates and no private key"},
				"html": {Message: "the key file[ {path}][ ({source})] is a web page, not a private key", Remedy: &finding.Remedy{
					Summary: "Download the file itself. A log-in page may have been saved in its place.",
				}},
				"word-document": {Message: "the key file[ {path}][ ({source})] is a Word document, not a private key", Remedy: office()},
				"rich-text":     {Message: "the key file[ {path}][ ({source})] is a rich text document (.rtf), not a private key", Remedy: office()},
				"pdf":           {Message: "the key file[ {path}][ ({source})] is a PDF document, not a private key", Remedy: office()},
				"zip": {Message: "the key file[ {path}][ ({source})] is a ZIP archive, not a private key", Remedy: &finding.Remedy{
					Summary: "Unpack it, and give the private key inside.",
				}},
				"parameters": {Message: "the key file[ {path}][ ({source})] holds only parameters, not a private key", Remedy: &finding.Remedy{
					Summary: "Give the private key. A parameter file has none.",
				}},
				"openssh-public-key": {Message: "the key file[ {path}][ ({source})] holds an SSH public key, not a private key", Remedy: &finding.Remedy{
					Summary: "Give the private key whose certificate was uploaded to NetSuite.",
				}},
			},
			Basis: finding.Official, Source: help(pageTokenRequest, pageCertificates),
		},
		{
			Code: "key.unparsable", Severity: finding.Error, Refused: true,
			Title:   "Key file damaged, or of another format",
			Message: "the private key file[ {path}][ ({source})] cannot be parsed",
			Meaning: "The file does not hold a complete private key in a form that nsauth knows: PKCS#8, PKCS#1 or SEC1 in PEM or DER, PKCS#12, or JWK.",
			Remedy: finding.Remedy{
				Summary:  "Fetch the key again from where it was made, or make a new pair.",
				Commands: [][]string{{"openssl", "pkey", "-in", "{path|key.pem}", "-noout", "-check"}},
			},
			Confirm: "openssl pkey -noout -check reads the file, or says why not",
			Variants: merged(damaged("private key"), map[string]Variant{
				"inconsistent":  {Title: "Private key that contradicts itself", Message: "the numbers of the private key[ in {path}][ ({source})] do not belong together"},
				"missing-curve": {Title: "EC key without its curve", Message: "the EC private key[ in {path}][ ({source})] does not say on which curve it is"},
				"too-long":      {Title: "Private key too long", Message: "the private key[ in {path}][ ({source})] is longer than any that NetSuite takes"},
			}),
			Basis: finding.Official, Source: help(pageCertificates),
		},
		{
			Code: "key.encrypted", Severity: finding.Error, Refused: true,
			Title:   "Key is encrypted",
			Message: "the private key[ in {path}][ ({source})] is encrypted, and there is no passphrase for it",
			Meaning: "The passphrase protects the file only; NetSuite never sees either. Without it nothing can be signed.",
			Remedy:  *givePassphrase(),
			Variants: map[string]Variant{
				"rfc1423": {Message: "the private key[ in {path}][ ({source})] is encrypted in OpenSSL's old form (Proc-Type), and there is no passphrase for it"},
				"pkcs12":  {Confirm: "openssl pkcs12 -noout asks for the passphrase", Message: "the PKCS#12 file[ {path}][ ({source})] is encrypted, and there is no passphrase for it"},
				"pbes1": {Title: "Key encrypted by an old scheme", Message: "the private key[ in {path}][ ({source})] is encrypted by an old scheme (PBES1[: {cipher}]), which nsauth does not read", Remedy: &finding.Remedy{
					Summary:  "Encrypt it anew in today's way. openssl asks for the passphrase.",
					Steps:    []string{"openssl 3 needs the two -provider options for the oldest schemes; older ones do not know them."},
					Commands: [][]string{{"openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-provider", "default", "-provider", "legacy", "-in", "{path|key.pem}", "-out", "key-new.pem"}},
				}},
				"cipher-unsupported": {Title: "Key encrypted with a cipher that is not read", Message: "the private key[ in {path}][ ({source})] is encrypted with a cipher that nsauth does not read[: {cipher}]", Remedy: &finding.Remedy{
					Summary:  "Encrypt it anew in today's way. openssl asks for the passphrase.",
					Commands: [][]string{{"openssl", "pkey", "-in", "{path|key.pem}", "-aes256", "-provider", "default", "-provider", "legacy", "-out", "key-new.pem"}},
				}},
				"too-costly": {Title: "Passphrase that takes too much work", Message: "the private key[ in {path}][ ({source})] asks for more work than nsauth does for a passphrase ({function|its function}[, {iterations} iterations])", Remedy: &finding.Remedy{
					Summary:  "Nobody needs so much: find out who made the file. If it is yours, encrypt it anew.",
					Steps:    []string{"nsauth takes up to 10 million iterations, and 256 MiB for scrypt."},
					Commands: [][]string{{"openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", "{path|key.pem}", "-out", "key-new.pem"}},
				}},
				"passphrase-file-missing":      {Title: "No such passphrase file", Message: "the private key[ in {path}][ ({source})] is encrypted, and there is no passphrase file[ at {passphrase_file}]"},
				"passphrase-file-permission":   {Title: "No permission to read the passphrase file", Message: "the private key[ in {path}][ ({source})] is encrypted, and this user may not read the passphrase file[ {passphrase_file}]"},
				"passphrase-file-is-directory": {Title: "Folder instead of a passphrase file", Message: "the private key[ in {path}][ ({source})] is encrypted, and the passphrase file[ {passphrase_file}] is a folder"},
				"passphrase-file-too-large":    {Title: "Passphrase file too large", Message: "the private key[ in {path}][ ({source})] is encrypted, and the passphrase file[ {passphrase_file}] is far too large for one"},
				"passphrase-file-empty":        {Title: "Empty passphrase file", Message: "the private key[ in {path}][ ({source})] is encrypted, and the passphrase file[ {passphrase_file}] is empty"},
				"passphrase-file-io":           {Title: "Passphrase file cannot be read", Message: "the private key[ in {path}][ ({source})] is encrypted, and the passphrase file[ {passphrase_file}] cannot be read"},
			},
			Confirm: "openssl pkey -noout asks for a passphrase",
			Basis:   finding.Official, Source: help(pageTokenRequest) + ": the assertion is signed with the private key",
		},
		{
			Code: "key.passphrase-wrong", Severity: finding.Error, Refused: true,
			Title:   "Passphrase does not fit",
			Message: "the passphrase[ in {passphrase_file}] does not open the private key[ in {path}][ ({source})]",
			Meaning: "Without the right passphrase nothing can be signed.",
			Remedy: finding.Remedy{
				Summary:  "Give the passphrase of this key. A line break at the end of a passphrase file does not count.",
				Commands: [][]string{{"openssl", "pkey", "-in", "{path|key.pem}", "-noout"}},
			},
			Variants: map[string]Variant{
				"pkcs12": {Confirm: "openssl pkcs12 -noout asks for the passphrase and says whether it fits", Message: "the passphrase[ in {passphrase_file}] does not open the PKCS#12 file[ {path}][ ({source})]", Remedy: &finding.Remedy{
					Summary:  "Give the passphrase of this file. A line break at the end of a passphrase file does not count.",
					Commands: [][]string{{"openssl", "pkcs12", "-in", "{path|key.p12}", "-noout"}},
				}},
				"file-byte-order-mark": {Message: "the passphrase[ in {passphrase_file}] does not open the private key[ in {path}][ ({source})]; its file begins with a byte order mark", Remedy: &finding.Remedy{Summary: "Store the passphrase as plain ASCII or UTF-8 text, without a byte order mark."}},
				"file-several-lines":   {Message: "the passphrase[ in {passphrase_file}] does not open the private key[ in {path}][ ({source})]; its file has more than one line", Remedy: &finding.Remedy{Summary: "Write the passphrase alone into the file. openssl would read its first line only; nsauth takes it whole."}},
				"file-blanks":          {Message: "the passphrase[ in {passphrase_file}] does not open the private key[ in {path}][ ({source})]; it has blanks around it there", Remedy: &finding.Remedy{Summary: "Take the blanks off, if they are not part of the passphrase."}},
				"file-quotes":          {Message: "the passphrase[ in {passphrase_file}] does not open the private key[ in {path}][ ({source})]; it stands in quotes there", Remedy: &finding.Remedy{Summary: "Take the quotes off, if they are not part of the passphrase."}},
			},
			Confirm: "openssl pkey -noout asks for the passphrase and says whether it fits",
			Basis:   finding.Official, Source: help(pageTokenRequest) + ": the assertion is signed with the private key",
		},
		{
			Code: "key.type-unsupported", Severity: finding.Error, Refused: true,
			Title:        "Key type that NetSuite does not take",
			Message:      "the key[ {path}][ ({source})] is {type|of another type}; NetSuite takes RSA and EC keys",
			Meaning:      sizes,
			Remedy:       newCertificate("Make an RSA 4096 or an EC key, upload its certificate, and use it."),
			Confirm:      "nsauth keycheck shows the type of the key",
			AuditDetails: []string{"UnsupportedAlgo"},
			Basis:        finding.Official, Source: help(pageCertificates),
		},
		{
			Code: "key.rsa-too-small", Severity: finding.Error, Refused: true,
			Title:   "RSA key too small",
			Message: "the key[ {path}][ ({source})] is RSA[ {bits}], smaller than NetSuite takes: 3072 or 4096 bits",
			Meaning: sizes + " Oracle's own list overrules guides that still say 2048; one report quotes the refusal at upload: \"Provided x509 certificate has an invalid bit length\".",
			Remedy:  newCertificate("Make an RSA 4096 key (or EC), upload its certificate, and use it."),
			Confirm: "nsauth keycheck shows the size of the key",
			Basis:   finding.Official, Source: help(pageCertificates),
		},
		{
			Code: "key.rsa-size-unsupported", Severity: finding.Error, Refused: true,
			Title:   "RSA size that NetSuite does not take",
			Message: "the key[ {path}][ ({source})] is RSA[ {bits}]; NetSuite takes exactly 3072 or 4096 bits",
			Meaning: sizes,
			Remedy:  newCertificate("Make an RSA 4096 or 3072 key (or EC), upload its certificate, and use it."),
			Confirm: "nsauth keycheck shows the size of the key",
			Basis:   finding.Official, Source: help(pageCertificates),
		},
		{
			Code: "key.curve-unsupported", Severity: finding.Error, Refused: true,
			Title:   "Curve that NetSuite does not take",
			Message: "the key[ {path}][ ({source})] is EC on {curve|another curve}; NetSuite takes P-256, P-384 and P-521",
			Meaning: sizes,
			Remedy:  newCertificate("Make a P-256, P-384 or P-521 key (or RSA 4096), upload its certificate, and use it."),
			Confirm: "nsauth keycheck shows the curve of the key",
			Basis:   finding.Official, Source: help(pageCertificates, pageCurves),
		},
		{
			Code: "key.explicit-parameters", Severity: finding.Error, Refused: true,
			Title:   "Curve written out instead of named",
			Message: "the EC key[ {path}][ ({source})] carries its curve as explicit parameters instead of a name",
			Meaning: "Oracle's own recipes use the named form (ec_param_enc:named_curve). Go and many other libraries refuse the other one.",
			Remedy: finding.Remedy{
				Summary:  "Rewrite the key with the curve's name. A certificate made from the old form has to be made and uploaded again.",
				Commands: [][]string{{"openssl", "ec", "-in", "{path|key.pem}", "-param_enc", "named_curve", "-out", "key-named.pem"}},
				Docs:     oracle(pageCertificates),
			},
			Confirm: "openssl pkey -noout -text_pub names the curve (ASN1 OID), or lists its numbers",
			Basis:   finding.Official, Source: help(pageCertificates) + " (ec_param_enc:named_curve)",
		},
		{
			Code: "key.exponent-unusual", Severity: finding.Warning,
			Title:   "Unusual RSA exponent",
			Message: "the RSA key[ {path}][ ({source})] has the public exponent {exponent|other than 65537}, where nearly every key has 65537",
			Meaning: "Nearly every RSA key uses 65537. Whether NetSuite takes another one is not known.",
			Remedy:  newCertificate("If the token is refused, make a new key with the usual exponent."),
			Variants: map[string]Variant{
				"one": {Severity: finding.Error, Message: "the RSA key[ {path}][ ({source})] has the public exponent 1: its signatures protect nothing",
					Meaning: "With this exponent anybody can make a signature. Neither Go nor any other library of good sense calculates with it.", Basis: finding.Official},
				"even": {Severity: finding.Error, Message: "the RSA key[ {path}][ ({source})] has an even public exponent, with which RSA does not work",
					Meaning: "The key is damaged, or was never one: no signature of it can be verified.", Basis: finding.Official},
				"too-large": {Severity: finding.Error, Message: "the RSA key[ {path}][ ({source})] has a public exponent of[ {exponent_bits}] bits; Go and many other programs take 31 at the most",
					Meaning: "nsauth cannot calculate with it, so nothing can be signed. Whether NetSuite takes such a key is not known.", Basis: finding.Observed},
			},
			Confirm: "a new key with exponent 65537 works where this one does not",
			Basis:   finding.Inferred, Source: "not documented; common practice (RFC 8017)",
		},
		{
			Code: "key.multiple-keys", Severity: finding.Warning,
			Title:   "More than one key in the file",
			Message: "the file[ {path}][ ({source})] holds more than one private key; the first one was used",
			Meaning: "Another program may take another one of them.",
			Remedy:  finding.Remedy{Summary: "Keep one private key in the file: the one whose certificate was uploaded.", Commands: [][]string{keycheck()}},
			Confirm: "nsauth keycheck with the certificate tells whether the first key is the right one",
			Basis:   finding.Inferred, Source: "nsauth's own rule",
		},
		{
			Code: "key.repaired", Severity: finding.Info,
			Title:    "Key file repaired in memory",
			Message:  "the private key file[ {path}][ ({source})] was put right in memory[ ({repairs})]",
			Meaning:  "nsauth could use it, and the file is as it was; another program that reads it may not.",
			Remedy:   finding.Remedy{Summary: "Store the key again as an ordinary PEM file.", Commands: [][]string{{"openssl", "pkey", "-in", "{path|key.pem}", "-noout", "-check"}}},
			Variants: repairedVariants("private key"),
			Confirm:  "openssl pkey -noout -check reads the file, or says why not",
			Basis:    finding.Inferred, Source: "nsauth's own rule",
		},
		{
			Code: "key.readable-by-others", Severity: finding.Warning,
			Title:   "Key readable by others",
			Message: "other users of this machine may read the private key[ {path}][ (mode {mode})]",
			Meaning: "Whoever reads it can get tokens in your integration's name. NetSuite does not notice. Where the variable CI is set this is information: in a CI job there are mostly no other users.",
			Remedy:  finding.Remedy{Summary: "Let only its owner read it.", Commands: [][]string{{"chmod", "600", "{path|key.pem}"}}},
			Variants: map[string]Variant{
				"link": {Message: "other users of this machine may read the private key[ {path}]: the file behind the link[, {target}, has mode {mode}]",
					Remedy: &finding.Remedy{Summary: "Let only its owner read the file behind the link.", Commands: [][]string{{"chmod", "600", "{target|key.pem}"}}}},
				"acl": {Message: "besides you and administrators, {readers|others} may read the private key[ {path}]",
					Remedy: &finding.Remedy{
						Summary: "Let only its owner read it.",
						Steps:   []string{"The first command takes the inherited permissions away, the second gives them back to the owner alone (S-1-3-4)."},
						Commands: [][]string{{"icacls", "{path|key.pem}", "/inheritance:r"},
							{"icacls", "{path|key.pem}", "/grant:r", "*S-1-3-4:F"}},
					}},
			},
			Confirm: "ls -l (on Windows: icacls) shows who may read the file",
			Basis:   finding.Inferred, Source: "common practice",
		},
		{
			Code: "key.in-git-work-tree", Severity: finding.Warning,
			Title:   "Key inside a git work tree",
			Message: "the private key[ {path}] lies in a git work tree[, {work_tree},] and is not ignored",
			Meaning: "The next commit of everything would publish it.",
			Remedy: finding.Remedy{
				Summary: "Move the key out of the repository, or have git ignore it. If it was ever committed, revoke its certificate and make a new pair.",
				UIPath:  new(menuMapping), UIURL: new(urlMapping),
			},
			Variants: map[string]Variant{
				"tracked": {
					Message: "the private key[ {path}] is part of the git repository[ in {work_tree}]",
					Meaning: "Whoever can read the repository has the key, also from its history after the file is gone.",
					Remedy: &finding.Remedy{
						Summary:  "Take the key for lost: make a new pair, map it, and revoke the old certificate.",
						Steps:    []string{"Then take the file out of the repository. Its history still has it."},
						Commands: [][]string{newPair(), {"git", "rm", "--cached", "--", "{path|key.pem}"}},
						UIPath:   new(menuMapping), UIURL: new(urlMapping),
					}},
				"no-git": {
					Severity: finding.Info,
					Message:  "the private key[ {path}] lies in a git work tree[, {work_tree}]; whether git ignores it is unknown, since there is no git to ask",
					Remedy:   &finding.Remedy{Summary: "Move the key out of the repository, or see on a machine with git that it is ignored.", Commands: checkIgnore()},
				},
				"git-refused": {
					Severity: finding.Info,
					Message:  "the private key[ {path}] lies in a git work tree[, {work_tree}]; whether git ignores it is unknown, since git would not say",
					Meaning:  "Git answers nothing about a repository that belongs to another user, or that it cannot read.",
					Remedy:   &finding.Remedy{Summary: "Move the key out of the repository, or ask git yourself: no answer means that the key is not ignored.", Commands: checkIgnore()},
				},
			},
			Confirm: "git check-ignore -v names the rule that ignores a file; git log --all -- FILE shows whether it was ever committed",
			Basis:   finding.Inferred, Source: "common practice",
		},
	}
}

func checkIgnore() [][]string {
	return [][]string{{"git", "check-ignore", "-v", "--", "{path|key.pem}"}}
}

// office is for what a word processor made of a key.
func office() *finding.Remedy {
	return &finding.Remedy{
		Summary: "Give the private key itself: a PEM file is plain text.",
		Steps: []string{
			"Text copied out of a document may have other dashes and quotes than it went in with: fetch the original file.",
			"A key that was sent around in a document counts as exposed.",
		},
	}
}
