module vote/verifier

go 1.24

require golang.org/x/mod v0.22.0
