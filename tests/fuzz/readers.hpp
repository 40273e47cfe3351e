#pragma once

// What every fuzz target does with its bytes: read all that there is to read. A reader may refuse them by
// std::runtime_error, which is false here; anything else it throws, and whatever a sanitizer says, is a mistake in it.

#include <mohs/adapter/label_studio.hpp>
#include <mohs/adapter/positives_json.hpp>
#include <mohs/adapter/review_json.hpp>
#include <mohs/adapter/safetensors.hpp>
#include <mohs/adapter/trec.hpp>
#include <mohs/adapter/verdicts_csv.hpp>
#include <mohs/bank/cross_batch_file.hpp>
#include <mohs/io/csv_rows.hpp>
#include <mohs/io/npy.hpp>
#include <mohs/io/text_lines.hpp>
#include <mohs/io/vecs.hpp>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fuzz {

/// A file of its own with the bytes of one input, which goes at the end of the program.
class File {
public:
    static const std::filesystem::path& with(std::string_view bytes)
    {
        static const File file;
        std::ofstream(file.path_, std::ios::binary | std::ios::trunc)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return file.path_;
    }

private:
    File() : path_(std::filesystem::temp_directory_path() / ("mohs-fuzz-" + std::to_string(std::random_device{}()))) {}
    ~File()
    {
        std::error_code error;
        std::filesystem::remove(path_, error);
    }
    std::filesystem::path path_;
};

/// Whether `read` came to its end.
template <class Read>
bool accepted(const Read& read)
{
    try {
        read();
    } catch (const std::runtime_error&) {
        return false;
    }
    return true;
}

template <class Scalar>
void load_all(const mohs::RowSource& source)
{
    mohs::RowBlock<Scalar> block;
    [[maybe_unused]] volatile Scalar last{};
    for (mohs::Index first = 0; first < source.rows(); first += 5) {
        const mohs::RowView<Scalar> rows = block.load(source, first, (std::min)(mohs::Index{5}, source.rows() - first));
        if constexpr (std::is_arithmetic_v<Scalar>) {
            for (mohs::Index row = 0; row < rows.rows(); ++row) {
                last = rows(row, rows.cols() - 1);
            }
        }
    }
}

/// Every row of a source as every type.
inline void read_all(const mohs::RowSource& source)
{
    load_all<float>(source);
    load_all<double>(source);
    load_all<Eigen::half>(source);
    load_all<Eigen::bfloat16>(source);
    if (mohs::detail::is_integer(source.scalar())) {
        load_all<std::int64_t>(source);
    }
}

/// Rows of a file in either way to get at them.
template <class Open>
bool rows(std::string_view bytes, const Open& open)
{
    const std::filesystem::path& path = File::with(bytes);
    const bool blocks = accepted([&] { read_all(open(path, mohs::FileAccess::blocks)); });
    const bool mapped = accepted([&] { read_all(open(path, mohs::FileAccess::mapped)); });
    return blocks == mapped ? blocks : throw std::logic_error("blocks and mapped rows differ");
}

inline bool npy(std::string_view bytes)
{
    return rows(bytes, [](const auto& path, auto access) { return mohs::open_npy(path, access); });
}

inline bool fvecs(std::string_view bytes)
{
    return rows(bytes, [](const auto& path, auto access) { return mohs::open_fvecs(path, access); });
}

inline bool bvecs(std::string_view bytes)
{
    return rows(bytes, [](const auto& path, auto access) { return mohs::open_bvecs(path, access); });
}

inline bool fbin(std::string_view bytes)
{
    return rows(bytes, [](const auto& path, auto access) { return mohs::open_fbin(path, access); });
}

inline bool safetensors(std::string_view bytes)
{
    bool all = true;
    return rows(bytes,
                [&](const auto& path, auto access) {
                    const mohs::Safetensors file(path, access);
                    // All but one are read here: a file without rows is read as one that has none of a name.
                    const std::vector<std::string> names = file.names();
                    for (const std::string& name : names) {
                        all = accepted([&] { read_all(file.rows(name)); }) && all;
                    }
                    return file.rows(names.empty() ? "" : names.front());
                }) &&
           all;
}

inline bool csv_rows(std::string_view bytes)
{
    const std::filesystem::path& path = File::with(bytes);
    const bool commas = accepted([&] { read_all(mohs::CsvRows(path)); });
    (void)accepted([&] {
        read_all(mohs::CsvRows(path, {.separator = '\t', .scalar = mohs::ScalarKind::float64, .finite = true}));
    });
    return commas;
}

inline bool text_lines(std::string_view bytes)
{
    const std::filesystem::path& path = File::with(bytes);
    (void)accepted([&] {
        const mohs::IdIndex ids = mohs::IdIndex::from_file(path);
        for (mohs::Index row = 0; row < ids.size(); ++row) {
            if (ids.find(ids[row]) != row) {
                throw std::logic_error("an id is found in another row");
            }
        }
    });
    return accepted([&] {
        const mohs::TextLines lines(path);
        for (mohs::Index row = 0; row < lines.size(); ++row) {
            if (lines[row].find('\n') != std::string::npos) {
                throw std::logic_error("a line has several");
            }
        }
    });
}

/// Text by a reader of streams.
template <class Read>
bool text(std::string_view bytes, const Read& read)
{
    return accepted([&] {
        std::istringstream stream{std::string(bytes)};
        (void)read(stream);
    });
}

inline bool positives_json(std::string_view bytes)
{
    static const mohs::IdIndex ids({"a", "b", "7"});
    (void)text(bytes, [](std::istream& stream) { return mohs::read_positives_jsonl(stream, 3, 3, &ids, &ids); });
    return text(bytes, [](std::istream& stream) { return mohs::read_positives_jsonl(stream, 3, 3); });
}

inline bool trec(std::string_view bytes)
{
    static const mohs::IdIndex ids({"a", "b", "7"});
    return text(bytes, [](std::istream& stream) {
        const auto judgements = mohs::read_qrels(stream);
        return mohs::graded_lists(judgements, ids, ids, mohs::UnknownIds::pass_over).positives();
    });
}

inline bool review_queue_json(std::string_view bytes)
{
    return text(bytes, [](std::istream& stream) { return mohs::read_queue_jsonl(stream); });
}

inline bool verdicts_json(std::string_view bytes)
{
    return text(bytes, [](std::istream& stream) { return mohs::read_verdicts_jsonl(stream); });
}

inline bool verdicts_csv(std::string_view bytes)
{
    return text(bytes, [](std::istream& stream) { return mohs::read_verdicts_csv(stream); });
}

inline bool label_studio(std::string_view bytes)
{
    return text(bytes, [](std::istream& stream) { return mohs::read_label_studio(stream); });
}

inline bool cross_batch_file(std::string_view bytes)
{
    return accepted([&] {
        mohs::CrossBatchBank<float> bank{3, {.capacity = 8}};
        load(bank, File::with(bytes));
        (void)bank.batch(100).rows();
    });
}

/// The targets by the names of their files, which are those of their folders in corpus/.
struct Target {
    const char* name;
    bool (*run)(std::string_view bytes);
};
inline constexpr Target targets[]{{"npy", npy},
                                  {"fvecs", fvecs},
                                  {"bvecs", bvecs},
                                  {"fbin", fbin},
                                  {"safetensors", safetensors},
                                  {"csv_rows", csv_rows},
                                  {"text_lines", text_lines},
                                  {"positives_json", positives_json},
                                  {"trec", trec},
                                  {"review_queue_json", review_queue_json},
                                  {"verdicts_json", verdicts_json},
                                  {"verdicts_csv", verdicts_csv},
                                  {"label_studio", label_studio},
                                  {"cross_batch_file", cross_batch_file}};

}
