package emulator

import (
	"slices"
	"strconv"
)

// MaxCustomers is the most that Config.Customers may be.
const MaxCustomers = 1_000_000

// firstGenerated is the ID of the first customer without a name of its own.
const firstGenerated = 1_000_000

// customers are those with names and this many more, the same ones each time; nil
// for no more.
func customers(more int) []map[string]string {
	if more == 0 {
		return nil
	}
	records := slices.Grow(slices.Clone(recordTypes()["customer"].records), more)
	for i := range more {
		id := strconv.Itoa(firstGenerated + i)
		records = append(records, map[string]string{"id": id, "entityId": "Customer " + id, "companyName": "Customer " + id,
			"email": "ap@customer-" + id + ".example"})
	}
	return records
}

// recordsOf lists the records of a type.
func (s *Server) recordsOf(name string) []map[string]string {
	if name == "customer" && s.customers != nil {
		return s.customers
	}
	return recordTypes()[name].records
}
