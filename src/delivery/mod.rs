//! Where records go: this database, or a connected OpenSPP/Odoo.
