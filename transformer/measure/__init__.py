"""What the packages of a language's index run, load and need, read from the packages themselves.

``python -m transformer.measure pypi|npm --index URL --names FILE --cache DIR`` downloads some versions of every named
package and of all that they need, reads their code as data (nothing is installed or run) and writes the table
``knowledge/data/<index>-read.tsv.z``. The distribution's own packages of modules (``*-modules.tsv.z``) know more, but
of fewer modules.
"""
