package account

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/nsauth/nsauth/internal/strictyaml"
)

// RecordType is what a record type needs, and the records there are.
type RecordType struct {
	Permission string
	Records    []map[string]string // each with an "id"
	QueryOnly  bool                `yaml:"query_only"` // SuiteQL has it, the record service has not
	Hidden     map[string]string   // fields that a query may not ask for, and NetSuite's reason
}

//go:embed records.yaml
var recordsYAML []byte

// RecordTypes is the data of every account. It must not be changed.
var RecordTypes = strictyaml.Embedded[map[string]RecordType](recordsYAML)

// MaxCustomers is the most that Config.Customers may be.
const MaxCustomers = 1_000_000

// firstGenerated is the ID of the first customer without a name of its own.
const firstGenerated = 1_000_000

// Customers are those with names and this many more, the same ones each time; nil
// for no more.
func Customers(more int) []map[string]string {
	if more == 0 {
		return nil
	}
	records := slices.Grow(slices.Clone(RecordTypes()["customer"].Records), more)
	for i := range more {
		id := strconv.Itoa(firstGenerated + i)
		records = append(records, map[string]string{"id": id, "entityId": "Customer " + id, "companyName": "Customer " + id,
			"email": "ap@customer-" + id + ".example"})
	}
	return records
}

// Field is a field of a record, whatever the case of its name.
func Field(row map[string]string, name string) (string, bool) {
	for field, value := range row {
		if strings.EqualFold(field, name) {
			return value, true
		}
	}
	return "", false
}
