//! The XML-RPC codec: values, documents, limits.
