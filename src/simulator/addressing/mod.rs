//! An address book: ZORG-AB, and a directory by mCSD (50-generic-facilities section 2).
//!
//! What it is asked is recorded, also the headers that belong to an interface; nobody is refused for asking otherwise.

mod book;
mod mcsd;
mod script;
mod zorgab;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use script::{Interface, Script};

use self::book::Book;
use self::mcsd::Answered;
use super::Interferer;
use super::facility::{Answers, Surroundings};
use crate::net::Incoming;
use crate::net::listen::{Answer, ServiceFuture};
use crate::transcript::Endpoint;
use crate::wire::http::{HttpRequest, HttpResponse};

/// The simulator.
#[derive(Debug)]
pub struct AddressBook {
    script: Script,
    around: Surroundings,
    interferer: Interferer,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    book: Book,
    /// Updates that still find that somebody else was first.
    conflicts: usize,
    changed: bool,
}

impl AddressBook {
    /// A simulator that answers as the script says.
    pub fn new(script: Script, around: Surroundings) -> Arc<Self> {
        let interferer = Interferer::new(script.answers.clone(), around.deadlines.clone());
        let state = State { book: Book::new(&script, &around), conflicts: script.conflicts, changed: false };
        Arc::new(Self { script, around, interferer, state: Mutex::new(state) })
    }

    /// From now on the organisations are as the script says under `then`.
    pub fn change(&self) {
        let mut state = self.state();
        if !std::mem::replace(&mut state.changed, true) {
            state.book.take(&self.script.then, &self.around);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let served = |interface| self.script.interfaces.is_empty() || self.script.interfaces.contains(&interface);
        let base = |path: &str| format!("{}{path}", self.around.base_url);
        let path = request.path();
        if let Some(below) = path.strip_prefix("/mcsd").filter(|_| served(Interface::Mcsd)) {
            return self.directory(&base("/mcsd"), below, request);
        }
        if let Some(below) = path.strip_prefix("/zab-ro/fhir").filter(|_| served(Interface::ZorgAbFhir)) {
            return zorgab::fhir(&self.state().book, &base("/zab-ro/fhir"), below, request);
        }
        match path.strip_prefix("/zab/").filter(|_| served(Interface::ZorgAb)) {
            Some(below) => zorgab::rest(&self.state().book, below, request),
            None => HttpResponse::status(404),
        }
    }

    fn directory(&self, base: &str, below: &str, request: &HttpRequest) -> HttpResponse {
        let mut state = self.state();
        let conflict = request.method == "PUT" && state.conflicts > 0;
        if conflict {
            state.conflicts -= 1;
        }
        let Answered { response, first_of_pages } =
            mcsd::answer(&mut state.book, base, below, request, self.script.page_size, conflict);
        drop(state);
        if first_of_pages && self.script.changes_between_pages {
            self.change();
        }
        response
    }
}

impl Answers for AddressBook {
    fn answer(self: Arc<Self>, incoming: Incoming) -> ServiceFuture {
        Box::pin(async move {
            let asks = incoming.request.method == "GET";
            let endpoint = if asks { Endpoint::Addressing } else { Endpoint::AddressFeed };
            let answer = Answer::new(self.respond(&incoming.request), endpoint);
            self.interferer.interfere(answer, &incoming.request, &self.around.base_url).await
        })
    }
}

#[cfg(test)]
mod tests;
