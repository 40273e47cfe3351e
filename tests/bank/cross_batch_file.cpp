// Covers detail/bank/bank_file.hpp.

#include <mohs/bank/cross_batch_file.hpp>

#include "../allocations.hpp"
#include "../catch.hpp"
#include "../io/scratch_folder.hpp"
#include "bank_model.hpp"

#include <bit>
#include <cstring>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#if MOHS_POSIX
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#endif

namespace {

using bank_model::dimension;
using bank_model::Model;
using bank_model::Rows;
using mohs::CrossBatchBank;
using mohs::CrossBatchOptions;
using mohs::Index;
using mohs::SameSample;

/// All that can be seen of a bank.
template <class Scalar>
std::vector<double> seen(const CrossBatchBank<Scalar>& bank)
{
    std::vector<double> result;
    const mohs::Batch batch = bank.batch();
    for (Index row = 0; row < batch.rows(); ++row) {
        result.push_back(static_cast<double>(bank.steps()[static_cast<std::size_t>(row)]));
        result.push_back(static_cast<double>(batch.id(row)));
        result.push_back(static_cast<double>(batch.label(row)));
        for (Index k = 0; k < batch.dimension(); ++k) {
            result.push_back(static_cast<double>(batch.at(row, k)));
        }
    }
    return result;
}

/// A bank of five rows that came in another order than they lie in.
CrossBatchBank<float> small_bank()
{
    CrossBatchBank bank{dimension, {.capacity = 5, .oldest = 1000}};
    bank_model::Random random(1);
    for (std::uint64_t step = 3; bank.rows() < 5 || step < 9; ++step) {
        bank.enqueue(random.rows().batch(), step);
    }
    return bank;
}

std::string error_of(CrossBatchBank<float>& bank, const std::filesystem::path& path)
{
    return thrown_by<std::runtime_error>([&] { mohs::load(bank, path); });
}

/// The checksum at the end of a file, of parts of these sizes: by the format, not by the library.
std::uint64_t checksum_of(const std::string& content, const std::vector<std::size_t>& sizes)
{
    std::uint64_t sum = 0xCBF29CE484222325U;
    std::size_t begin = 0;
    for (const std::size_t size : sizes) {
        for (std::size_t at = 0; at < size; at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, content.data() + begin + at, size - at < 8 ? size - at : 8);
            sum = (sum ^ word) * 0x9E3779B97F4A7C15U;
            sum ^= sum >> 32;
        }
        begin += size;
    }
    return sum;
}

/// The content of a file with a number of type T at `at`, and with the checksum that fits.
template <class T>
std::string patched(std::string content, std::size_t at, T number)
{
    std::memcpy(content.data() + at, &number, sizeof(number));
    const std::size_t rows = 5;
    const std::uint64_t value =
        checksum_of(content, {64, 8 * rows, 8 * rows, 8 * rows, 4 * rows, 4 * rows * dimension});
    std::memcpy(content.data() + content.size() - sizeof(value), &value, sizeof(value));
    return content;
}

// Where things are in the file of small_bank().
constexpr std::size_t steps_at = 64, ids_at = steps_at + 40, order_at = ids_at + 80, rows_at = order_at + 20;

}

TEST_CASE("the file of a bank has the bytes that version 1 has")
{
    if (std::endian::native != std::endian::little) {
        return;
    }
    // clang-format off
    constexpr unsigned char bytes[] = {
        0x6d, 0x6f, 0x68, 0x73, 0x62, 0x61, 0x6e, 0x6b,  // "mohsbank"
        0x01, 0x00, 0x00, 0x00,  // version 1
        0x04, 0x03, 0x02, 0x01,  // the order of bytes
        0x01, 0x00, 0x00, 0x00,  // float
        0x01, 0x00, 0x00, 0x00,  // it was renewed
        0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // 2 columns
        0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // room for 3 rows
        0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // 2 rows
        0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // last step 7
        0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // renewed in step 5
        0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // steps: 7
        0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // and 5
        0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // sample ids: -2
        0x2c, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // and 300
        0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // labels: 4
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  // and -1
        0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // by age: 1, 0
        0x00, 0x00, 0x00, 0x3f, 0x00, 0x00, 0x80, 0xbf,  // rows: 0.5, -1
        0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x80, 0x3e,  // and -2, 0.25
        0x1d, 0x2a, 0x23, 0x07, 0x83, 0xdb, 0x45, 0x80,  // the checksum
    };
    // clang-format on
    const std::string version_1(std::begin(bytes), std::end(bytes));
    const ScratchFolder folder;
    put(folder / "old", version_1);
    CrossBatchBank loaded{2, {.capacity = 3, .refresh = 10}};
    mohs::load(loaded, folder / "old");
    CHECK(seen(loaded) == std::vector<double>{7, -2, 4, 0.5, -1, 5, 300, -1, -2, 0.25});
    CHECK(!loaded.due(14));
    CHECK(loaded.due(15));
    CHECK_THROWS_AS(static_cast<void>(loaded.due(6)), std::invalid_argument);
    mohs::save(loaded, folder / "again");
    CHECK(content_of(folder / "again") == version_1);

    CrossBatchBank bank{2, {.capacity = 3}};
    Rows rows;
    rows.elements.resize(2, 2);
    rows.elements << 8, 8, -2, 0.25F;
    rows.ids = {-2, 300};
    rows.labels = {9, -1};
    bank.renew(rows.batch(), 5);
    rows.elements.resize(1, 2);
    rows.elements << 0.5F, -1;
    rows.ids = {-2};
    rows.labels = {4};
    bank.enqueue(rows.batch(), 7);
    mohs::save(bank, folder / "new");
    CHECK(content_of(folder / "new") == version_1);
}

TEST_CASE("what is saved and loaded goes on like what was not", "[ieee]")
{
    const ScratchFolder folder;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        bank_model::Random random(seed);
        const CrossBatchOptions options = random.options();
        CrossBatchBank bank{dimension, options};
        Model model(options);
        for (std::uint64_t step = 0; step < 60; ++step) {
            INFO("seed " << seed << ", step " << step);
            const Rows rows = random.rows();
            bank.enqueue(rows.batch(), step);
            model.enqueue(rows, step);
            if (step % 9 == 5) {
                mohs::save(bank, folder / "bank");
                CrossBatchBank loaded{dimension, options};
                loaded.enqueue(random.rows().batch(), 1000);
                mohs::load(loaded, folder / "bank");
                bank = loaded;
                // The same bits in the file, too.
                mohs::save(bank, folder / "again");
                REQUIRE(content_of(folder / "again") == content_of(folder / "bank"));
            }
            REQUIRE(bank_model::same(bank, model));
        }
    }
    CHECK(folder.names() == std::vector<std::string>{"again", "bank"});
}

TEST_CASE("when a bank was renewed is saved, and so is the last step")
{
    const ScratchFolder folder;
    CrossBatchBank bank{dimension, {.capacity = 5, .refresh = 25}};
    CrossBatchBank loaded = bank;
    mohs::save(bank, folder / "bank");
    mohs::load(loaded, folder / "bank");
    CHECK(loaded.rows() == 0);
    CHECK(loaded.due(0));
    bank_model::Random random(2);
    bank.renew(random.rows(3).batch(), 40);
    bank.enqueue(random.rows(3).batch(), 45);
    mohs::save(bank, folder / "bank");
    mohs::load(loaded, folder / "bank");
    CHECK(!loaded.due(64));
    CHECK(loaded.due(65));
    CHECK_THROWS_AS(loaded.enqueue(random.rows(3).batch(), 44), std::invalid_argument);
}

TEMPLATE_TEST_CASE("rows of every type are saved", "", double, Eigen::half, Eigen::bfloat16)
{
    const ScratchFolder folder;
    mohs::MatrixOf<TestType> rows(3, 3);
    for (Index i = 0; i < 9; ++i) {
        rows(i / 3, i % 3) = static_cast<TestType>(0.1F * static_cast<float>(i + 1));
    }
    const std::vector<std::int64_t> ids{5, -6, std::int64_t{1} << 60};
    CrossBatchBank<TestType> bank{3, {.capacity = 4}}, loaded = bank;
    bank.enqueue(mohs::Batch(rows, ids).with_ids(ids), 3);
    mohs::save(bank, folder / "bank");
    mohs::load(loaded, folder / "bank");
    CHECK(seen(loaded) == seen(bank));
    CHECK(loaded.batch().id(2) == ids[2]);
    CrossBatchBank floats{3};
    CHECK(mentions(error_of(floats, folder / "bank"), "but the bank of float"));
}

TEST_CASE("a bank of another capacity and other options takes what fits")
{
    const ScratchFolder folder;
    const CrossBatchBank<float> bank = small_bank();
    mohs::save(bank, folder / "bank");
    CrossBatchBank larger{dimension, {.capacity = 6}}, smaller{dimension, {.capacity = 4}};
    mohs::load(larger, folder / "bank");
    CHECK(seen(larger) == seen(bank));
    CHECK(mentions(error_of(smaller, folder / "bank"), "bank has 5 rows, but the bank has room for 4"));
    CrossBatchBank wider{dimension + 1};
    CHECK(mentions(error_of(wider, folder / "bank"), "bank has rows of 3 columns, but the bank of 4"));

    CrossBatchBank every{dimension, {.capacity = 6, .same_sample = SameSample::keep}};
    const Rows rows = bank_model::Random(7).rows(2);
    every.enqueue(rows.batch(), 1);
    every.enqueue(rows.batch(), 2);
    mohs::save(every, folder / "every");
    CHECK(mentions(error_of(larger, folder / "every"), "samples have several rows, but the bank keeps one of each"));
    CHECK(seen(larger) == seen(bank));
}

TEST_CASE("a file that is cut off anywhere or too long is an error")
{
    const ScratchFolder folder;
    CrossBatchBank<float> bank = small_bank();
    mohs::save(bank, folder / "bank");
    const std::string whole = content_of(folder / "bank");
    REQUIRE(whole.size() == rows_at + 5 * dimension * 4 + 8);
    const std::vector<double> before = seen(bank);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        put(folder / "cut", whole.substr(0, size));
        REQUIRE(mentions(error_of(bank, folder / "cut"), "cut is cut off: it has " + std::to_string(size) + " bytes"));
    }
    for (const std::size_t more : {1U, 8U, 5000U}) {
        put(folder / "long", whole + std::string(more, '\0'));
        CHECK(mentions(error_of(bank, folder / "long"), "long has foreign bytes at its end: it has "));
    }
    CHECK(seen(bank) == before);
    CHECK(bank.due(9) == false);
}

TEST_CASE("a file with any byte changed is an error")
{
    const ScratchFolder folder;
    CrossBatchBank<float> bank = small_bank();
    mohs::save(bank, folder / "bank");
    const std::string whole = content_of(folder / "bank");
    const std::vector<double> before = seen(bank);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const int change : {1, 128, 255}) {
            std::string changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ change);
            put(folder / "changed", changed);
            REQUIRE(mentions(error_of(bank, folder / "changed"), "changed "));
        }
    }
    // Two signs, whose bits are the highest of their words, do not make up for one another.
    std::string signs = whole;
    for (const std::size_t at : {rows_at + 7, rows_at + 15}) {
        signs[at] = static_cast<char>(signs[at] ^ 128);
    }
    put(folder / "changed", signs);
    CHECK(mentions(error_of(bank, folder / "changed"), "is damaged: its checksum does not fit its content"));
    CHECK(seen(bank) == before);
    mohs::load(bank, folder / "bank");
}

TEST_CASE("foreign files and what is no file are told by name")
{
    const ScratchFolder folder;
    CrossBatchBank<float> bank = small_bank();
    CHECK(mentions(error_of(bank, folder / "none"), "none cannot be read: No such file or directory"));
    CHECK(mentions(error_of(bank, folder / ""), " is not an ordinary file"));
    put(folder / "text", "anchor,positive,negative\n" + std::string(200, 'x'));
    CHECK(error_of(bank, folder / "text") ==
          "mohs::CrossBatchBank: " + (folder / "text").string() + " is not the file of a bank");
    put(folder / "short", "x");
    CHECK(mentions(error_of(bank, folder / "short"), "short is not the file of a bank"));
    if (std::filesystem::exists("/dev/zero")) {
        CHECK(mentions(error_of(bank, "/dev/zero"), "/dev/zero is not an ordinary file"));
    }
    CHECK(mentions(thrown_by<std::runtime_error>([&] { mohs::save(bank, folder / "none/bank"); }),
                   "none/bank cannot be written"));
}

TEST_CASE("a file whose checksum fits is not trusted either")
{
    const ScratchFolder folder;
    CrossBatchBank<float> bank = small_bank();
    mohs::save(bank, folder / "bank");
    const std::string whole = content_of(folder / "bank");
    const std::vector<double> before = seen(bank);
    const auto error = [&](std::size_t at, auto number) {
        put(folder / "bank", patched(whole, at, number));
        return error_of(bank, folder / "bank");
    };
    // The header: a number of rows that no memory holds is refused before any is taken.
    const std::size_t held = allocations::bytes_held();
    allocations::reset_peak();
    CHECK(mentions(error(40, std::uint64_t{1} << 61), "rows, but the bank has room for 5"));
    CHECK(allocations::peak_bytes() < held + 100000);
    CHECK(mentions(error(40, std::uint64_t{4}), "foreign bytes"));
    CHECK(mentions(error(24, ~std::uint64_t{0}), "columns, but the bank of 3"));
    CHECK(mentions(error(8, std::uint32_t{2}), "is of version 2, but 1 is what can be read"));
    CHECK(mentions(error(12, std::uint32_t{0x04030201}), "another order of bytes"));
    CHECK(mentions(error(16, std::uint32_t{0}), "unknown type, number 0"));
    CHECK(mentions(error(16, std::uint32_t{5}), "unknown type, number 5"));
    CHECK(mentions(error(16, std::uint32_t{2}), "has rows of double, but the bank of float"));
    CHECK(mentions(error(20, std::uint32_t{2}), "its step of renewal is none"));
    CHECK(mentions(error(20, std::uint32_t{1}), "nothing was thrown"));
    mohs::load(bank, (put(folder / "bank", whole), folder / "bank"));
    // The content.
    CHECK(mentions(error(order_at, std::uint32_t{5}), "order of age does not name every row once"));
    CHECK(mentions(error(order_at, ~std::uint32_t{0}), "order of age does not name every row once"));
    std::uint32_t second = 0;
    std::memcpy(&second, whole.data() + order_at + 4, 4);
    CHECK(mentions(error(order_at, second), "order of age does not name every row once"));
    CHECK(mentions(error(steps_at + 8 * std::size_t{second}, ~std::uint64_t{0}), "steps are not in the order of age"));
    CHECK(mentions(error(48, std::uint64_t{0}), "steps are not in the order of age"));
    std::int64_t id = 0;
    std::memcpy(&id, whole.data() + ids_at + 8, 8);
    CHECK(mentions(error(ids_at, id), "samples have several rows"));
    CHECK(mentions(error(rows_at + 4, 0x7f800000U), "a row is not finite"));
    CHECK(seen(bank) == before);
}

#if MOHS_POSIX

TEST_CASE("the file of a bank is whole whenever its writer is killed")
{
    const ScratchFolder folder;
    const std::filesystem::path path = folder / "bank";
    mohs::Matrix rows(2000, 16);
    std::vector<std::int64_t> ids(2000);
    for (std::size_t row = 0; row < ids.size(); ++row) {
        ids[row] = static_cast<std::int64_t>(row);
    }
    CrossBatchBank bank{16, {.capacity = 2000}};
    const auto save_step = [&](std::uint64_t step) {
        rows.setConstant(static_cast<float>(step));
        bank.enqueue(mohs::Batch(rows, ids).with_ids(ids), step);
        mohs::save(bank, path);
    };
    save_step(0);
    std::uint64_t step = 0;
    for (useconds_t patience = 200; patience < 30000; patience *= 2) {
        const pid_t child = ::fork();
        if (child == 0) {
            for (;;) {
                save_step(++step);
            }
        }
        ::usleep(patience);
        ::kill(child, SIGKILL);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        CrossBatchBank loaded{16, {.capacity = 2000}};
        mohs::load(loaded, path);
        REQUIRE(loaded.rows() == 2000);
        const auto loaded_step = static_cast<float>(loaded.steps()[0]);
        for (const Index row : {0, 1999}) {
            REQUIRE(loaded.batch().at(row, 15) == loaded_step);
        }
    }
}

#endif
