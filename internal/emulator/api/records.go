package api

import "github.com/nsauth/nsauth/internal/emulator/account"

// recordsOf lists the records of a type.
func (s *Server) recordsOf(name string) []map[string]string {
	if name == "customer" && s.customers != nil {
		return s.customers
	}
	return account.RecordTypes()[name].Records
}
