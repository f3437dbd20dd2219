package account

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/nsauth/nsauth/internal/strictyaml"
)

// RecordType is the permission for a record type, and its records.
type RecordType struct {
	Permission string
	Records    []map[string]string // each with an "id"
	QueryOnly  bool                `yaml:"query_only"` // only SuiteQL has it, not the record service
	Hidden     map[string]string   // fields that a query must not name, and NetSuite's reason
}

//go:embed records.yaml
var recordsYAML []byte

// RecordTypes returns the data of every account. Callers must not change it.
var RecordTypes = strictyaml.Embedded[map[string]RecordType](recordsYAML)

// MaxCustomers is the maximum of Config.Customers.
const MaxCustomers = 1_000_000

// Customers returns the customers with names and this many more, which are always the
// same, or nil if more is 0.
func Customers(more int) []map[string]string {
	if more == 0 {
		return nil
	}
	records := slices.Grow(slices.Clone(RecordTypes()["customer"].Records), more)
	for i := range more {
		id := strconv.Itoa(1_000_000 + i)
		records = append(records, map[string]string{"id": id, "entityId": "Customer " + id, "companyName": "Customer " + id,
			"email": "ap@customer-" + id + ".example"})
	}
	return records
}

// Field finds a field of a record by its name, in any case.
func Field(row map[string]string, name string) (string, bool) {
	for field, value := range row {
		if strings.EqualFold(field, name) {
			return value, true
		}
	}
	return "", false
}
