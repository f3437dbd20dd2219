// Package profile finds every setting of a run and remembers where it came from.
//
// Settings come from six places. The first that has a value wins:
//
//  1. a flag                                   --client-id
//  2. a profile that was named                 --profile NAME or $NSAUTH_PROFILE
//  3. the environment                          $NSAUTH_CLIENT_ID, then $NETSUITE_CLIENT_ID
//  4. an env file, only when asked for         --env-file .env, same names, same order
//  5. the file's default_profile
//  6. the built-in default
//
// A list comes whole from one place: it replaces the lists of weaker places.
//
// NSAUTH_PROFILE names a profile just as --profile does: a person who sets it has
// chosen that profile, so it outranks single variables too. The flag wins over it.
//
// An empty environment variable counts as unset, and so does an empty value in a
// file. An empty flag is an error: behind it is nearly always an unset shell
// variable, and the next place would silently fill in.
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
// It is decoded strictly: unknown keys, keys set twice and wrong types are errors
// with file and line. ${VAR} stands for an environment variable and is looked up
// only where the value is used; a variable that is unset or empty is an error.
// Write $$ for a plain dollar sign: $${VAR} is the text ${VAR}.
//
// # Secrets
//
// No setting is a secret: keys and passphrases are named by their files. Values
// that look like key material are refused, no error quotes a value, and the
// password of a proxy URL leaves the package only through [Profile.ProxyURL].
package profile
