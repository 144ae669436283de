module odoo-azure/tools/sarif

go 1.26

require github.com/owenrumney/go-sarif/v3 v3.2.3
