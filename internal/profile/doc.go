// Package profile finds every setting of a run and its source.
//
// Settings come from six places. The first one with a value wins:
//
//  1. a flag                                   --client-id
//  2. a profile that was named                 --profile NAME or $NSAUTH_PROFILE
//  3. the environment                          $NSAUTH_CLIENT_ID, then $NETSUITE_CLIENT_ID
//  4. an env file, only when asked for         --env-file .env, same names, same order
//  5. the file's default_profile
//  6. the built-in default
//
// A list replaces the lists of weaker places; lists are never merged.
//
// NSAUTH_PROFILE names a profile like --profile: the user chose that profile, so it
// also outranks single variables. The flag outranks it.
//
// An empty environment variable or an empty value in a file counts as unset. An empty
// flag is an error: its cause is nearly always an unset shell variable, and the next
// place would silently replace it.
//
// # The profile file
//
//	default_profile: prod
//	profiles:
//	  prod:
//	    account: 1234567
//	    client_id: ${PROD_CLIENT_ID}
//	    certificate_id: NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA
//	    key: keys/prod.pem          # relative to this file; ~/ is the home folder
//	    scope: [rest_webservices, restlets]
//
// It is decoded strictly: unknown keys, duplicate keys and wrong types are errors
// with file and line. ${VAR} is an environment variable; it is only read if the value
// is used. A variable that is unset or empty is an error.
// Write $$ for a plain dollar sign: $${VAR} is the text ${VAR}.
//
// # Secrets
//
// Settings are not secrets: keys and passphrases are named by their files. Values
// that look like key material are rejected, and no error quotes a value. Only
// [Profile.ProxyURL] returns the password of a proxy URL.
package profile
