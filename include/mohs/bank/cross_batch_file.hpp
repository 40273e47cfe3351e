#pragma once

/// \file
/// Files of CrossBatchBank. Not in mohs.hpp: include it where banks are saved.

#include <mohs/bank/cross_batch.hpp>
#include <mohs/detail/bank/bank_file.hpp>
#include <mohs/io/atomic_file.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mohs::inline MOHS_ABI {
namespace detail {

struct BankAccess {
    template <class Scalar>
    static auto& content(CrossBatchBank<Scalar>& bank)
    {
        return bank.content_;
    }
    template <class Scalar>
    static const auto& content(const CrossBatchBank<Scalar>& bank)
    {
        return bank.content_;
    }
};

}  // namespace detail

/// Writes what a bank holds, so that a training can go on from there: rows, labels, sample ids, steps, and their order.
/// The options are those of the program, and are not in the file.
///
/// The file is there as a whole or not at all, whatever happens while it is written (`AtomicFile`). It ends with a
/// checksum, and is for machines with the same order of bytes. Throws std::runtime_error with path and reason. O(rows
/// D).
template <class Scalar>
void save(const CrossBatchBank<Scalar>& bank, const std::filesystem::path& path)
{
    const auto& content = detail::BankAccess::content(bank);
    const detail::BankLedger& ledger = content.ledger;
    detail::BankFileHeader header;
    header.scalar = detail::scalar_number<Scalar>;
    header.was_renewed = content.renewed ? 1 : 0;
    header.dimension = static_cast<std::uint64_t>(bank.dimension());
    header.capacity = static_cast<std::uint64_t>(ledger.capacity());
    header.rows = static_cast<std::uint64_t>(ledger.rows());
    header.last_step = content.last_step;
    header.renewed = content.renewed.value_or(0);
    std::vector<detail::BankLedger::Place> by_age;
    by_age.reserve(static_cast<std::size_t>(ledger.rows()));
    ledger.for_each_by_age([&](detail::BankLedger::Place place) { by_age.push_back(place); });

    AtomicFile file(path);
    detail::Checksum sum;
    const auto write = [&](const void* data, std::size_t size) {
        sum.add(data, size);
        file.write(data, size);
    };
    write(&header, sizeof(header));
    write(ledger.steps().data(), ledger.steps().size_bytes());
    write(ledger.ids().data(), ledger.ids().size_bytes());
    write(ledger.labels().data(), ledger.labels().size_bytes());
    write(by_age.data(), by_age.size() * sizeof(detail::BankLedger::Place));
    write(content.rows.data(), static_cast<std::size_t>(ledger.rows() * bank.dimension()) * sizeof(Scalar));
    const std::uint64_t value = sum.value();
    file.write(&value, sizeof(value));
    file.commit();
}

/// Reads what `save` wrote into a bank of as many columns and the same scalar, instead of what it holds. It then goes
/// on, bit for bit, as the bank that was saved would, if it has the same options. It may have others: room for the rows
/// is all that it needs, and that they are of different samples where it keeps one row of each.
///
/// Throws std::runtime_error with path and reason, and leaves the bank as it was, if the file cannot be read, is none
/// of a bank, of another version, order of bytes, scalar or dimension, has more rows than there is room for, is cut off
/// or longer than its header says, has a content that its checksum does not fit, or rows that no bank holds. Nothing in
/// it is trusted: memory is taken once its size is known to be right. O(rows D), and as much memory as the file has
/// bytes.
template <class Scalar>
void load(CrossBatchBank<Scalar>& bank, const std::filesystem::path& path)
{
    auto& content = detail::BankAccess::content(bank);
    detail::BankFileReader file(path);
    file.check_fits(detail::scalar_number<Scalar>, sizeof(Scalar), bank.dimension(), content.ledger.capacity());
    const detail::BankFileHeader& header = file.header();
    const auto count = static_cast<std::size_t>(header.rows);
    const auto read = [&]<class Element>(std::vector<Element>& elements) {
        elements.resize(count);
        file.read(elements.data(), count * sizeof(Element));
    };
    std::vector<std::uint64_t> steps;
    std::vector<std::int64_t> ids, labels;
    std::vector<detail::BankLedger::Place> by_age;
    read(steps);
    read(ids);
    read(labels);
    read(by_age);
    MatrixOf<Scalar> rows(static_cast<Index>(count), bank.dimension());
    file.read(rows.data(), static_cast<std::size_t>(rows.size()) * sizeof(Scalar));
    file.finish();

    const char* wrong = detail::wrong_with_rows(by_age, steps, header.last_step, ids, content.ledger.one_per_sample());
    if (!std::all_of(rows.data(), rows.data() + rows.size(), [](Scalar x) { return detail::is_finite(x); })) {
        wrong = "a row is not finite";
    }
    if (header.was_renewed > 1 || (header.was_renewed == 1 && header.renewed > header.last_step)) {
        wrong = "its step of renewal is none";
    }
    if (wrong != nullptr) {
        file.fail(std::string("does not hold what this bank could: ") + wrong);
    }
    content.ledger.restore(labels, ids, steps, by_age);
    content.rows.topRows(rows.rows()) = rows;
    content.last_step = header.last_step;
    content.renewed = header.was_renewed == 1 ? std::optional<std::uint64_t>(header.renewed) : std::nullopt;
}

}  // namespace mohs::inline MOHS_ABI
