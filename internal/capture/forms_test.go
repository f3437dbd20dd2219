package capture_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/capture"
)

// inWords says in a line what was read: the form, the request, its faults, the answer.
func inWords(text string) string {
	p, f := capture.Read(text), read(text)
	said := p.ReadAs + " | " + strings.Replace(f.Request, endpoint, "URL", 1) + " | " + strings.Join(f.Faults, ", ")
	if p.Answer != nil {
		said += fmt.Sprintf(" | answer %d %s", p.Answer.Status, p.Answer.Error)
	}
	switch {
	case p.Elsewhere != "":
		said += " | " + p.Elsewhere
	case p.Token.Reveal() != jwt:
		said += " | another token: " + p.Token.Reveal()
	}
	return said
}

// Every form that docs/assertions.md lists, with what is read of it.
var forms = map[string]string{
	"axios-error.txt":            `axios call | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"axios-object.txt":           `axios call | POST URL | content-type application/json, client-authentication [an Authorization header]`,
	"axios-params.txt":           `axios call | POST URL | content-type (missing), parameter-missing (in-query) grant_type, parameter-missing (in-query) client_assertion_type, parameter-missing (in-query) client_assertion`,
	"axios.txt":                  `axios call | POST URL | `,
	"bruno.txt":                  `Bruno request 'Get token' | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"curl-form.txt":              `curl command | POST URL | content-type multipart/form-data`,
	"curl-heredoc.txt":           `curl command | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"curl-v.txt":                 `log of curl -v; the body is not in this log | POST URL | content-type application/json | answer 500  | not-in-log`,
	"dotnet-dictionary.txt":      `.NET HttpClient call | POST URL | content-type application/json`,
	"dotnet-new.txt":             `.NET HttpClient call | POST URL | parameter-missing (wrong-name) client_assertion assertion, client-authentication [an Authorization header]`,
	"dotnet.txt":                 `.NET HttpClient call | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"fetch-append.txt":           `fetch call | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"fetch.txt":                  `fetch call | POST ... | `,
	"fiddler.txt":                `HTTP message | POST URL |  | answer 500 server_error`,
	"go.txt":                     `Go net/http call | POST URL | content-type (missing)`,
	"har.json":                   `HAR, entry 2 | POST URL | content-type application/json | answer 500 server_error`,
	"http-file.txt":              `HTTP file, request 'login' | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"httpie.txt":                 `HTTPie command | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"insomnia.json":              `Insomnia export, request 'Token' | POST URL | content-type multipart/form-data`,
	"insomnia.yaml":              `Insomnia export, request 'Token' | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"curl-trace.txt":             `log of curl --trace | POST URL | parameter-missing (wrong-name) client_assertion assertion | answer 500 server_error`,
	"java.txt":                   `Java HttpClient call | POST URL | content-type (missing)`,
	"mitmproxy.txt":              `HTTP message | POST URL | parameter-missing (wrong-name) client_assertion assertion | answer 500 server_error`,
	"okhttp-postman.txt":         `OkHttp call | PUT URL | wrong-method PUT`,
	"okhttp.txt":                 `OkHttp call | POST URL | parameter-missing (wrong-name) client_assertion assertion, cookie`,
	"php-curl-setopt.txt":        `PHP curl call | POST URL | content-type multipart/form-data`,
	"php-curl.txt":               `PHP curl call | POST URL | content-type application/json, cookie`,
	"php-dump.txt":               `parameters in lines |  | parameter-missing (wrong-name) client_assertion assertion`,
	"php-guzzle.txt":             `PHP Guzzle call | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"php-print.txt":              `parameters in lines |  | `,
	"postman-body.txt":           `parameters in lines |  | `,
	"postman-collection.json":    `Postman collection, request 'Get token' | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"postman-console.txt":        `HTTP message | POST URL | parameter-missing (wrong-name) client_assertion assertion | answer 500 server_error`,
	"postman-raw.txt":            `HTTP message | POST URL |  | answer 500 server_error`,
	"powershell.txt":             `PowerShell command | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"httpie-piped.txt":           `HTTPie command | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"java-apache.txt":            `Apache HttpClient call | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"ruby-faraday.txt":           `Ruby Faraday call | POST /services/rest/auth/oauth2/v1/token | parameter-missing (wrong-name) client_assertion assertion`,
	"python-fstring.txt":         `Python requests call | POST | content-type application/json, parameter-missing (wrong-name) client_assertion assertion`,
	"python-dict.txt":            `parameters in a program |  | parameter-missing (wrong-name) client_assertion assertion`,
	"python-postman.txt":         `Python http.client call | POST /services/rest/auth/oauth2/v1/token | content-type application/json`,
	"python-requests-json.txt":   `Python requests call | POST URL | content-type application/json, client-authentication [an Authorization header]`,
	"python-requests-params.txt": `Python requests call | POST URL | content-type (missing), parameter-missing (in-query) grant_type, parameter-missing (in-query) client_assertion_type, parameter-missing (in-query) client_assertion`,
	"python-requests.txt":        `Python requests call | POST URL | `,
	"ruby.txt":                   `Ruby Net::HTTP call | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"suitescript.txt":            `SuiteScript https call | POST URL | content-type application/json`,
	"wget.txt":                   `wget command | POST URL | parameter-missing (wrong-name) client_assertion assertion`,
	"xh.txt":                     `xh command | POST URL | content-type application/json`,
}

// Every example is in the page, and every example of the page is a file.
func TestFormsAreInThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/assertions.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := regexp.MustCompile("`([a-z-]+\\.(?:txt|json|yaml))`").FindAllSubmatch(page, -1)
	if len(listed) != len(forms) {
		t.Errorf("the page lists %d examples of %d", len(listed), len(forms))
	}
	for _, m := range listed {
		if forms[string(m[1])] == "" {
			t.Errorf("%s is not tested", m[1])
		}
	}
}

func TestForms(t *testing.T) {
	files, err := filepath.Glob("testdata/forms/*")
	if err != nil || len(files) != len(forms) {
		t.Fatal(err, len(files), "files for", len(forms), "forms")
	}
	for name, want := range forms {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata/forms", name))
			if err != nil {
				t.Fatal(err)
			}
			if got := inWords(strings.ReplaceAll(string(data), "ASSERTION_JWT", jwt)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
