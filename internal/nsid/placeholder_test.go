package nsid

import "testing"

func TestA12IsPlaceholder(t *testing.T) {
	for _, s := range []string{"undefined", "null", "None", "nil", "NaN", "[object Object]", "{{client_id}}", "{{ certificate_id }}", "${CLIENT_ID}",
		"$CLIENT_ID", "$env:NETSUITE_CLIENT_ID", "%NETSUITE_CLIENT_ID%", "%CLIENT_ID%", "<client id>", "<CERTIFICATE_ID>", "[client ID]", "[Certificate ID from NetSuite]",
		"YOUR_CLIENT_ID", "your-client-id", "yourClientId", "YOUR_CERTIFICATE_ID_FROM_NETSUITE_GOES_HERE", "xxx", "XXXXXXXX", "xxxx-xxxx", "changeme", "CHANGE_ME",
		"client_id", "CLIENT_ID", "MY_CLIENT_ID", "NETSUITE_CERTIFICATE_ID", "certificateId", "INSERT_KID_HERE", "#{client_id}", "$(CLIENT_ID)", "<%= client_id %>",
		"__CLIENT_ID__", "@@client_id@@", "{client_id}", "process.env.CLIENT_ID", "...", `"undefined"`, " null ", "TODO", "replace-me", "%3Caccount%3E", "1234567-{{env}}", "%s", "%1$s", "%@"} {
		if !IsPlaceholder(s) {
			t.Errorf("%q is not recognised", s)
		}
	}
	for _, s := range []string{"", "1234567", "1234567_SB1", "TSTDRV1234567", "TD1234567", "acme_x", "my-company", "ABC", "custcertificate3", "s.SYSTEM.2020_1",
		"1c343a716c1dceb60e7fc149fa6735929ef77d28fe16293f892976dde7d8e3e2", "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA", "-___Your_____________________________________",
		"{1C61CD58-044D-497A-AA29-7A3E9A9BB924}", "1C61CD58-044D-497A-AA29-7A3E9A9BB924", "a__b__c", "_x_", "x", "rest_webservices", "100%", "%31", "27:27"} {
		if IsPlaceholder(s) {
			t.Errorf("%q is a value", s)
		}
	}
}

func TestA12PlaceholderIn(t *testing.T) {
	const path = "/services/rest/auth/oauth2/v1/token"
	for url, want := range map[string]string{
		"https://undefined.suitetalk.api.netsuite.com" + path:                           "undefined",
		"https://<ACCOUNT ID>.suitetalk.api.netsuite.com" + path:                        "<ACCOUNT ID>",
		"https://${process.env.ACCOUNT}.suitetalk.api.netsuite.com" + path:              "${process.env.ACCOUNT}",
		"https://YOUR_ACCOUNT_ID.suitetalk.api.netsuite.com" + path:                     "YOUR_ACCOUNT_ID",
		"https://accountid.suitetalk.api.netsuite.com" + path:                           "accountid",
		"https://[object Object].suitetalk.api.netsuite.com" + path:                     "[object Object]",
		"https://1234567-undefined.suitetalk.api.netsuite.com" + path:                   "1234567-undefined",
		"https://%s.suitetalk.api.netsuite.com" + path:                                  "%s",
		"https://.suitetalk.api.netsuite.com" + path:                                    ".suitetalk.api.netsuite.com",
		"https://{{host}}" + path:                                                       "{{host}}",
		"{{token_url}}":                                                                 "{{token_url}}",
		"undefined" + path:                                                              "undefined",
		"None":                                                                          "None",
		"https://1234567.suitetalk.api.netsuite.com" + path:                             "",
		"https://1234567-sb1.suitetalk.api.netsuite.com" + path:                         "",
		"https://acme.suitetalk.api.netsuite.com" + path:                                "",
		"https://system.netsuite.com":                                                   "",
		"https%3A%2F%2F1234567.suitetalk.api.netsuite.com%2Fservices%2Frest%2Fauth":     "",
		"https://1234567.suitetalk.api.netsuite.com/services/rest/auth/{version}/token": "",
	} {
		if got := PlaceholderIn(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

func TestA7ScriptID(t *testing.T) {
	for _, id := range []string{"custcertificate3", "custcertificate_name", "CUSTCERTIFICATE_PROD", "custcertificate", "custcertificate_abcdefghijklmnopqrstuvwxyzA", "custcertificate my cert", "_custcertificate3", "__custcertificate3",
		" custcertificate3", "custcertificate3\n", `"custcertificate3"`, "_custcertificate_abcdefghijklmnopqrstuvwxyzAB"} {
		if got := CertificateIDShape(id); got != "script-id" {
			t.Errorf("%s: %q", id, got)
		}
	}
	if got := CertificateIDShape("customer"); got != "length" {
		t.Errorf("customer: %q", got)
	}
}
