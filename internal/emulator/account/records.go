package account

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// RecordType is what a record type needs, and the records there are.
type RecordType struct {
	Permission string
	Records    []map[string]string // each with an "id"
	QueryOnly  bool                // SuiteQL has it, the record service has not
	Hidden     map[string]string   // fields that a query may not ask for, and NetSuite's reason
}

// RecordTypes is the data of every account. 107 and 1042 are IDs that the
// scenarios use.
var RecordTypes = sync.OnceValue(func() map[string]RecordType {
	return map[string]RecordType{
		"customer": {Permission: "Customers", Hidden: map[string]string{"unbilledorders": "NOT_EXPOSED", "prefccprocessor": "REMOVED"}, Records: []map[string]string{
			{"id": "107", "entityId": "Alder & Finch Ltd", "companyName": "Alder & Finch Ltd", "email": "accounts@alder-finch.example"},
			{"id": "108", "entityId": "Brightwater GmbH", "companyName": "Brightwater GmbH", "email": "finance@brightwater.example"},
			{"id": "109", "entityId": "Cedar Row, Inc.", "companyName": "Cedar Row, Inc.", "email": "ap@cedar-row.example"},
		}},
		"employee": {Permission: "Employees", Records: []map[string]string{
			{"id": "1042", "entityId": "Integration User", "email": "integration@customer.example"},
		}},
		"vendor":     {Permission: "Vendors", Records: []map[string]string{{"id": "211", "entityId": "Dunlin Paper", "companyName": "Dunlin Paper"}}},
		"contact":    {Permission: "Contacts", Records: []map[string]string{{"id": "305", "entityId": "R. Marsh", "email": "r.marsh@alder-finch.example"}}},
		"subsidiary": {Permission: "Subsidiaries", Records: []map[string]string{{"id": "1", "name": "Parent Company"}}},
		"currency":   {Permission: "Currency", Records: []map[string]string{{"id": "1", "name": "US Dollar", "symbol": "USD"}}},
		"salesorder": {Permission: "Sales Order", Records: []map[string]string{{"id": "5001", "tranId": "SO5001", "total": "1280.00"}}},
		"invoice":    {Permission: "Invoice", Records: []map[string]string{{"id": "6001", "tranId": "INV6001", "total": "1280.00"}}},
		"transaction": {Permission: "Find Transaction", QueryOnly: true, Records: []map[string]string{
			{"id": "5001", "tranId": "SO5001", "type": "SalesOrd"},
			{"id": "6001", "tranId": "INV6001", "type": "CustInvc"},
		}},
	}
})

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

func Field(row map[string]string, name string) (string, bool) {
	for field, value := range row {
		if strings.EqualFold(field, name) {
			return value, true
		}
	}
	return "", false
}
