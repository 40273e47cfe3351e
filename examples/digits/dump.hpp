#pragma once

#include "../common/output_file.hpp"
#include "npy.hpp"
#include "training.hpp"

namespace digits {

using namespace examples;

/// The files of --dump-embeddings: embeddings of the test rows, and beside them their lines in the data file.
class Dump {
public:
    explicit Dump(const std::string& path) : embeddings_(path), rows_(path + ".csv") {}

    void write(const Run& run, const Labels& labels)
    {
        embeddings_.replace([&](std::ostream& stream) { write_npy(stream, run.details.after.rowwise().normalized()); });
        rows_.replace([&](std::ostream& stream) {
            stream << "line,class\n";
            for (const Index row : run.test_rows) {
                stream << row + 1 << ',' << labels[static_cast<std::size_t>(row)] << '\n';
            }
        });
    }

private:
    OutputFile embeddings_, rows_;
};

}  // namespace digits
